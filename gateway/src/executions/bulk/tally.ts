import type { ProblemError } from "@pulse/schema/problem";
import type { BulkAnswer } from "@pulse/schema/wire/bulk";

/** So many executions are named for each reason. */
const namedMost = 10;

/** Counts what became of each execution of a step. */
export class Tally {
  #done = 0;
  readonly #replays: BulkAnswer["replays"] = [];
  readonly #skipped = new Map<string, BulkAnswer["skipped"][number]>();

  /** One was done; `made`: the execution that replays it. */
  done(of: string, made: string | null): void {
    this.#done += 1;
    if (made !== null) this.#replays.push({ of, id: made });
  }

  /** One was left as it is. What differs from one execution to the next in the words of a reason is told of the first alone. */
  skipped(id: string, { code, message }: ProblemError): void {
    const reason = `${code} ${message.replaceAll(id, "")}`;
    const known = this.#skipped.get(reason) ?? { code, detail: message, count: 0, executions: [] };
    known.count += 1;
    if (known.executions.length < namedMost) known.executions.push(id);
    this.#skipped.set(reason, known);
  }

  /** The counts so far. */
  result(): Pick<BulkAnswer, "matched" | "done" | "skipped" | "replays"> {
    const skipped = [...this.#skipped.values()];
    const matched = skipped.reduce((sum, { count }) => sum + count, this.#done);
    return { matched, done: this.#done, skipped, replays: this.#replays };
  }
}
