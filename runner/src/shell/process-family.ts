import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { findStrays } from "../sandbox/process-tree.ts";
import type { Scope } from "./scope.ts";

const lookEveryMs = 50;
const killRounds = 40;

/**
 * Everything that a command started: its process group and session, what is in its scope (which is all of it, where there is one), and what carries the
 * mark of its private folder. Without a scope a child that drops group, session, mark and folder is not found.
 */
export class ProcessFamily {
  readonly #leader: number | null;
  readonly #scope: Scope | null;
  readonly #folder: string;

  /** `leader` is the first process, the leader of group and session; null: it is not known, as its number may be another's by now. */
  constructor(leader: number | null, scope: Scope | null, folder: string) {
    this.#leader = leader;
    this.#scope = scope;
    this.#folder = folder;
  }

  /** Those that run now. */
  async members(): Promise<number[]> {
    const [strays, group] = await Promise.all([
      findStrays(this.#folder).catch(() => []),
      this.#leader === null ? [] : groupOf(this.#leader),
    ]);
    return [...new Set([...(this.#scope?.pids() ?? []), ...strays, ...group])].filter(
      (pid) => pid !== process.pid,
    );
  }

  /** SIGTERM to all, and SIGKILL to what is left after the grace. Resolves when nothing is left, or nothing more can be done. */
  async end(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    if (graceMs > 0) await this.#signal("SIGTERM");
    while (performance.now() < until) {
      if ((await this.members()).length === 0) return;
      await sleep(Math.min(lookEveryMs, Math.max(1, until - performance.now())));
    }
    // What forks while it is looked for is looked for again.
    for (let round = 0; round < killRounds; round++) {
      if (!(await this.#signal("SIGKILL"))) return;
      if (round > 0) await sleep(lookEveryMs);
    }
  }

  /** Whether there was anything to signal. */
  async #signal(name: "SIGTERM" | "SIGKILL"): Promise<boolean> {
    const members = await this.members();
    if (name === "SIGKILL") this.#scope?.kill();
    for (const pid of members) send(pid, name);
    return members.length > 0;
  }
}

/** The living processes whose group or session this process leads; on other systems than Linux the group as a whole, under its own number. */
async function groupOf(leader: number): Promise<number[]> {
  if (process.platform !== "linux") return isThere(-leader) ? [-leader] : [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const [state = "X", , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const isOf = Number(group) === leader || Number(session) === leader;
      return isOf && !"ZX".includes(state) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function send(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
