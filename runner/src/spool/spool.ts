import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import { Journal } from "./journal.ts";
import { type LeftLog, type Leftovers, readLog } from "./leftovers.ts";
import { LogFile, type LogOwner, logNameOf, ownerOf } from "./log-file.ts";
import { keyOf } from "./read-journal.ts";
import { SpoolSpace } from "./space.ts";

/** What a runner knows and the gateway does not have yet, on the runner's disk: outcomes of what it finished, and logs. */
export class Spool {
  readonly #folder: string;
  readonly #space: SpoolSpace;
  readonly #journal: Journal;
  readonly #logs = new Map<string, LogFile>();
  /** What an earlier process left here. */
  readonly leftovers: Leftovers;

  constructor(options: { folder: string; mostBytes: number; say: (line: string) => void }) {
    const { folder, mostBytes, say } = options;
    this.#folder = join(folder, "logs");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#space = new SpoolSpace(folder, mostBytes, say);
    this.#journal = new Journal({
      ...{ folder, space: this.#space, say },
      syncsBefore: async (keys) => {
        await Promise.all(keys.map((key) => this.#logs.get(key)?.sync()));
      },
    });
    this.leftovers = this.#recover(say);
  }

  #recover(say: (line: string) => void): Leftovers {
    const logs = new Map<string, LeftLog>();
    let damagedBytes = 0;
    for (const name of readdirSync(this.#folder)) {
      const owner = ownerOf(name);
      if (owner === null) {
        // The tail of a log whose process has ended before its end.
        rmSync(join(this.#folder, name), { force: true });
        continue;
      }
      const [log, damaged] = readLog(join(this.#folder, name), owner, this.#space);
      damagedBytes += damaged;
      const key = keyOf(owner.execution, owner.fence);
      logs.set(key, log);
      this.#logs.set(key, log.file);
    }
    if (damagedBytes > 0) {
      say(`${damagedBytes} bytes of spooled logs are damaged, as after a power loss; the rest is delivered`);
    }
    const finished = this.#journal.recover().map((completion) => {
      const key = keyOf(completion.execution, completion.fence);
      const log = logs.get(key) ?? null;
      logs.delete(key);
      return { completion, log };
    });
    return { finished, broken: [...logs.values()] };
  }

  /** The disk takes no more: no work should be taken. */
  get isTight(): boolean {
    return this.#space.isTight;
  }

  /** Calls back when `isTight` changed. */
  onChange(callback: () => void): void {
    this.#space.onChange(callback);
  }

  /** The file for the log of an attempt; there is none on the disk before its first chunk. */
  logOf(owner: LogOwner): LogFile {
    const file = new LogFile(join(this.#folder, logNameOf(owner)), this.#space);
    this.#logs.set(keyOf(owner.execution, owner.fence), file);
    return file;
  }

  /** Takes the log of an attempt that goes on out of what an earlier process left; null: there is none. */
  takeLeft({ execution, fence }: LogOwner): LeftLog | null {
    const { broken } = this.leftovers;
    const at = broken.findIndex(({ owner }) => owner.execution === execution && owner.fence === fence);
    return at < 0 ? null : (broken.splice(at, 1)[0] ?? null);
  }

  /** Keeps an outcome until it is forgotten; it goes to the disk while it is sent, at once when it is urgent. */
  keep(completion: Completion, isUrgent: boolean): void {
    this.#journal.add(completion, isUrgent);
  }

  /** The gateway has the outcome and the log of an attempt, or nobody wants them. */
  async forget({ execution, fence }: LogOwner): Promise<void> {
    const key = keyOf(execution, fence);
    this.#journal.settle(execution, fence);
    const log = this.#logs.get(key);
    this.#logs.delete(key);
    await log?.remove();
  }

  /** What is kept is on the disk, as far as it takes it; nothing more is written. */
  async close(): Promise<void> {
    this.#space.close();
    await this.#journal.close();
    for (const log of this.#logs.values()) await log.close();
  }
}
