const groupsMost = 4096;

/** The process groups that are sandboxes now, in memory that every thread sees: the renewal thread ends them where the main thread cannot. */
export class ProcessGroups {
  /** To be handed to the thread. */
  readonly memory: SharedArrayBuffer;
  readonly #pids: Int32Array;

  constructor(memory = new SharedArrayBuffer(groupsMost * 4)) {
    this.memory = memory;
    this.#pids = new Int32Array(memory);
  }

  /** A group was started; one above the most that are noted is ended by the main thread alone. */
  add(pid: number): void {
    const at = this.#pids.indexOf(0);
    if (at >= 0) Atomics.store(this.#pids, at, pid);
  }

  /** The group has ended: its number may be another's soon. */
  remove(pid: number): void {
    const at = this.#pids.indexOf(pid);
    if (at >= 0) Atomics.store(this.#pids, at, 0);
  }

  /** Ends every group that is noted. */
  end(): void {
    for (const pid of this.#pids) {
      if (pid === 0) continue;
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    }
  }
}

/** Those of this process. */
export const sandboxGroups = new ProcessGroups();
