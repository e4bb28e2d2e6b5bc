import type { Client, InStatement, ResultSet } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";

/** A statement that handles many rows at once: `rows` become one JSON array, its only argument. */
export interface Grouped {
  sql: string;
  /** Groups of one flush run in this order. */
  rank: number;
}

/** A row for a grouped statement. */
export interface GroupedRow {
  grouped: Grouped;
  row: unknown;
}

type Rows = ResultSet["rows"];
type Statement = { sql: string; args: (string | number | null | Uint8Array)[] };

interface Pending {
  /** One or the other. */
  own: GroupedRow | null;
  statements: readonly Statement[];
  /** Goes to disk in the same batch, whatever else does; nobody waits for what it returns. */
  along: readonly GroupedRow[];
  /** What its statements returned so far, in their order. */
  results: Rows[];
  resolve(results: Rows[]): void;
  reject(error: unknown): void;
}

const flushMost = 128;

/**
 * Group commit: what is written in the same turn of the loop goes to disk in one batch, rows for the same statement in one
 * statement. Every write resolves after its commit. A batch that the engine refused is replayed one write at a time, so that only the
 * guilty one fails; where the database did not answer, none is guilty and all fail together.
 */
export class Journal {
  readonly #client: Client;
  readonly #ports: Pick<Ports, "soon" | "log" | "now">;
  readonly #onDoubt: () => void;
  readonly #onCommit: (ms: number) => void;
  #pending: Pending[] = [];
  #scheduled = false;
  #flushing = false;

  /** `onDoubt` hears when a write failed: what it was about is no longer as memory has it, and without an answer it may have been made, or be so yet. `onCommit` hears how long each batch took (milliseconds) that the engine took. */
  constructor(
    client: Client,
    ports: Pick<Ports, "soon" | "log" | "now">,
    onDoubt: () => void = () => undefined,
    onCommit: (ms: number) => void = () => undefined,
  ) {
    this.#client = client;
    this.#ports = ports;
    this.#onDoubt = onDoubt;
    this.#onCommit = onCommit;
  }

  /** Adds one row to a grouped statement, and what goes along in the same batch; resolves to the rows it returned for this flush (all rows of the group). */
  group(grouped: Grouped, row: unknown, along: readonly GroupedRow[] = []): Promise<ResultSet["rows"]> {
    return this.#add({ own: { grouped, row }, statements: [], along }, ([rows = []]) => rows);
  }

  /** Runs one statement in the next flush, and what goes along in the same batch; resolves to its rows. */
  run(
    sql: string,
    args: (string | number | null | Uint8Array)[],
    along: readonly GroupedRow[] = [],
  ): Promise<ResultSet["rows"]> {
    return this.#add({ own: null, statements: [{ sql, args }], along }, ([rows = []]) => rows);
  }

  /** Runs statements that make sense together only: all in one batch or none of them, also when it is replayed; resolves to the rows of each. */
  together(statements: readonly Statement[], along: readonly GroupedRow[] = []): Promise<Rows[]> {
    return this.#add({ own: null, statements, along }, (results) => results);
  }

  #add<T>(write: Pick<Pending, "own" | "statements" | "along">, pick: (results: Rows[]) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#pending.push({ ...write, results: [], resolve: (results) => resolve(pick(results)), reject });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    this.#ports.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    try {
      while (this.#pending.length > 0) {
        const writes = this.#pending.slice(0, flushMost);
        this.#pending = this.#pending.slice(flushMost);
        await this.#commit(writes);
      }
    } finally {
      this.#flushing = false;
    }
  }

  async #commit(writes: Pending[]): Promise<void> {
    const steps = stepsOf(writes);
    const from = this.#ports.now();
    try {
      const results = await this.#client.batch(
        steps.map(({ statement }) => statement),
        "write",
      );
      this.#onCommit(this.#ports.now() - from);
      steps.forEach(({ waiting }, i) => {
        for (const write of waiting) write.results.push(results[i]?.rows ?? []);
      });
      for (const write of writes) write.resolve(write.results);
    } catch (cause) {
      const isUnanswered = cause instanceof ProblemError;
      if (writes.length > 1 && !isUnanswered) {
        for (const write of writes) await this.#commit([write]);
        return;
      }
      this.#onDoubt();
      this.#ports.log.error("a write failed", cause);
      await this.#recover(cause);
      const problem = new ProblemError("unavailable", "the database did not take the write; try again", {
        cause,
        retryAfter: 1,
      });
      for (const write of writes) write.reject(problem);
    }
  }

  /** After one SQLITE_BUSY a connection stays broken until it is opened anew. */
  async #recover(cause: unknown): Promise<void> {
    if (String(cause).includes("SQLITE_BUSY") && "reconnect" in this.#client) await this.#client.reconnect();
  }
}

/** One statement of a batch and the writes that wait for its rows. */
interface Step {
  statement: InStatement;
  waiting: Pending[];
}

/** The statements of a flush: rows of the same group in one, in order of rank; single statements last, in order of arrival. */
function stepsOf(writes: readonly Pending[]): Step[] {
  const groups = new Map<Grouped, { rows: unknown[]; waiting: Pending[] }>();
  const groupOf = (grouped: Grouped) => {
    const group = groups.get(grouped) ?? { rows: [], waiting: [] };
    groups.set(grouped, group);
    return group;
  };
  const singles: Step[] = [];
  for (const write of writes) {
    for (const statement of write.statements) singles.push({ statement, waiting: [write] });
    if (write.own !== null) {
      const group = groupOf(write.own.grouped);
      group.rows.push(write.own.row);
      group.waiting.push(write);
    }
    for (const { grouped, row } of write.along) groupOf(grouped).rows.push(row);
  }
  const ordered = [...groups].sort(([a], [b]) => a.rank - b.rank);
  const grouped = ordered.map(([{ sql }, { rows, waiting }]) => ({
    statement: { sql, args: [JSON.stringify(rows)] },
    waiting,
  }));
  return [...grouped, ...singles];
}
