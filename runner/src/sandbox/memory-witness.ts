import { readFileSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { locateCgroupFile, type WantedFile } from "./cgroup-file.ts";

const wanted: WantedFile = { 1: { controller: "memory", file: "memory.oom_control" }, 2: "memory.events" };
/** How late the engine may tell, where the kernel's count was read at the end, and where it was not. */
const tellMs = { read: 300, unread: 1500 };
/** An engine on a busy machine answers late, but it answers. */
const answerMostMs = 10_000;

/** The path of that file for one container of an engine: that of its others differs in the id alone. */
const seenAt = new WeakMap<Docker, { id: string; path: string }>();

/**
 * Whether the kernel has killed something in a container for want of memory. What an engine says of a container that has ended is not all: it hears
 * of the kill and of the end on two ways, and when the kill is heard of second (about one end in twelve under gVisor on a busy machine), `OOMKilled`
 * stays false for ever. So the kernel's own count is read as long as the container's cgroup is there, and the engine is asked for its late words.
 */
export class MemoryWitness {
  readonly #docker: Docker;
  readonly #id: string;
  readonly #since = Date.now();
  #path: string | null = null;
  #hasSeen = false;
  #wasRead = false;

  constructor(docker: Docker, id: string) {
    this.#docker = docker;
    this.#id = id;
  }

  /** The container has been started. Finds out where its count is, on the side; where this machine does not show it, the engine alone is asked. */
  begin(): void {
    this.#locate().then(
      (path) => {
        this.#path = path;
      },
      () => undefined,
    );
  }

  /** Whether something was killed, as far as it was seen; to be called whenever a process of it may have ended, for the count goes with the container. */
  look(): boolean {
    if (this.#hasSeen || this.#path === null) return this.#hasSeen;
    try {
      // Not on another thread: the engine is about to remove the file.
      this.#hasSeen = countsKill(readFileSync(this.#path, "utf8"));
      this.#wasRead = true;
    } catch {
      // It is gone.
    }
    return this.#hasSeen;
  }

  /** The same, of a container that has ended: waits a moment for what its engine may say late. Never rejects. */
  async asked(): Promise<boolean> {
    if (!this.look()) this.#hasSeen = await this.#told().catch(() => false);
    return this.#hasSeen;
  }

  /** Whether the engine has told of it, or does soon. */
  async #told(): Promise<boolean> {
    const events = await this.#docker.getEvents({
      since: Math.floor(this.#since / 1000),
      until: (Date.now() + (this.#wasRead ? tellMs.read : tellMs.unread)) / 1000,
      filters: { container: [this.#id], event: ["oom"] },
      abortSignal: AbortSignal.timeout(answerMostMs),
    });
    for await (const _ of events) return true;
    return false;
  }

  async #locate(): Promise<string> {
    const seen = seenAt.get(this.#docker);
    if (seen !== undefined) {
      const path = seen.path.replaceAll(seen.id, this.#id);
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
    const { State } = await this.#docker.getContainer(this.#id).inspect();
    const [mounts, groups] = await Promise.all([
      readFile("/proc/self/mountinfo", "utf8"),
      readFile(`/proc/${State.Pid}/cgroup`, "utf8"),
    ]);
    const found = locateCgroupFile(mounts, groups, this.#id, wanted);
    if (found === null) throw new Error("this machine does not show the cgroup");
    seenAt.set(this.#docker, { id: this.#id, path: found.path });
    return found.path;
  }
}

/** Whether a `memory.oom_control` or a `memory.events` counts a process that was killed. */
export function countsKill(text: string): boolean {
  return /^oom_kill [1-9]/m.test(text);
}
