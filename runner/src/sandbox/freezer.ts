import { constants } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { type CgroupFile, locateCgroupFile, type WantedFile } from "./cgroup-file.ts";

const frozenLooks = 50;
const lookEveryMs = 4;

/** What freezes a cgroup. */
export const freezing: WantedFile = {
  1: { controller: "freezer", file: "freezer.state" },
  2: "cgroup.freeze",
};

/** Holds every process of a container still, and lets them go on. Calls of one follow each other; both may be repeated. */
export interface Freezer {
  freeze(): Promise<void>;
  /** Resolves at once when it is not frozen. */
  thaw(): Promise<void>;
}

/** One way of freezing: the cgroup's own file, or the engine. */
interface Way {
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/**
 * The freezer of a container: its cgroup's file where this process may write it (a call finds it thawed after 0.1 ms), else the engine's pause
 * (15 ms). Which one is found out at the first use.
 */
export function containerFreezer(container: Docker.Container): Freezer {
  let way: Promise<Way> | null = null;
  let isFrozen = false;
  let last: Promise<void> = Promise.resolve();
  const next = (step: () => Promise<void>): Promise<void> => {
    last = last.then(step, step);
    return last;
  };
  return {
    freeze: () =>
      next(async () => {
        way ??= wayOf(container);
        const found = await way;
        // Also when it fails: half a freeze is undone by a thaw.
        isFrozen = true;
        await found.freeze();
      }),
    thaw: () =>
      way === null
        ? Promise.resolve()
        : next(async () => {
            if (!isFrozen || way === null) return;
            await (await way).thaw();
            isFrozen = false;
          }),
  };
}

async function wayOf(container: Docker.Container): Promise<Way> {
  const { State } = await container.inspect();
  const file = await freezerFileOf(State.Pid, container.id).catch(() => null);
  return file === null ? engineWay(container) : fileWay(file);
}

function engineWay(container: Docker.Container): Way {
  const ignore = (words: RegExp) => (error: unknown) => {
    if (!words.test(String(error))) throw error;
  };
  return {
    freeze: async () => {
      await container.pause().catch(ignore(/already paused/));
    },
    thaw: async () => {
      await container.unpause().catch(ignore(/not paused/));
    },
  };
}

function fileWay({ path, version }: CgroupFile): Way {
  if (version === 2) return { freeze: () => writeFile(path, "1"), thaw: () => writeFile(path, "0") };
  return {
    async freeze() {
      await writeFile(path, "FROZEN");
      // The kernel goes on with it whenever somebody looks.
      for (let looks = 0; looks < frozenLooks; looks++) {
        if ((await readFile(path, "utf8")).trim() !== "FREEZING") return;
        await sleep(lookEveryMs);
      }
    },
    thaw: () => writeFile(path, "THAWED"),
  };
}

/** The file that freezes the cgroup of a container's process; null when there is none that this process may write, or it is another's. */
async function freezerFileOf(pid: number, container: string): Promise<CgroupFile | null> {
  if (!(pid > 0)) return null;
  const [mounts, groups] = await Promise.all([
    readFile("/proc/self/mountinfo", "utf8"),
    readFile(`/proc/${pid}/cgroup`, "utf8"),
  ]);
  const file = locateCgroupFile(mounts, groups, container, freezing);
  if (file === null) return null;
  await access(file.path, constants.W_OK);
  return file;
}
