import type { Client, InStatement, ResultSet } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";

/** A statement that handles many rows at once: `rows` become one JSON array, its only argument. */
export interface Grouped {
  sql: string;
  /** Groups of one flush run in this order. */
  rank: number;
}

interface Pending {
  grouped: Grouped | null;
  row: unknown;
  statement: InStatement | null;
  resolve(rows: ResultSet["rows"]): void;
  reject(error: unknown): void;
}

const flushMost = 128;

/**
 * Group commit: what is written in the same turn of the loop goes to disk in one batch, rows for the same statement in one
 * statement. Every write resolves after its commit. A failed batch is replayed one write at a time, so that only the guilty one fails.
 */
export class Journal {
  readonly #client: Client;
  readonly #ports: Pick<Ports, "soon" | "log">;
  #pending: Pending[] = [];
  #scheduled = false;
  #flushing = false;

  constructor(client: Client, ports: Pick<Ports, "soon" | "log">) {
    this.#client = client;
    this.#ports = ports;
  }

  /** Adds one row to a grouped statement; resolves to the rows it returned for this flush (all rows of the group). */
  group(grouped: Grouped, row: unknown): Promise<ResultSet["rows"]> {
    return this.#add({ grouped, row, statement: null });
  }

  /** Runs one statement in the next flush; resolves to its rows. */
  run(
    sql: string,
    args: InStatement extends string ? never : (string | number | null | Uint8Array)[],
  ): Promise<ResultSet["rows"]> {
    return this.#add({ grouped: null, row: null, statement: { sql, args } });
  }

  #add(write: Pick<Pending, "grouped" | "row" | "statement">): Promise<ResultSet["rows"]> {
    const { promise, resolve, reject } = Promise.withResolvers<ResultSet["rows"]>();
    this.#pending.push({ ...write, resolve, reject });
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
    const sets = batches(writes);
    try {
      const results = await this.#client.batch(sets.map(statementOf), "write");
      sets.forEach((set, i) => {
        for (const write of set) write.resolve(results[i]?.rows ?? []);
      });
    } catch (cause) {
      if (writes.length > 1) {
        for (const write of writes) await this.#commit([write]);
        return;
      }
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

/** Writes of one flush, those of the same group together, in order of rank; single statements last, in order of arrival. */
function batches(writes: Pending[]): Pending[][] {
  const groups = new Map<Grouped, Pending[]>();
  const singles: Pending[][] = [];
  for (const write of writes) {
    if (write.grouped === null) {
      singles.push([write]);
      continue;
    }
    const group = groups.get(write.grouped);
    if (group === undefined) groups.set(write.grouped, [write]);
    else group.push(write);
  }
  const ordered = [...groups.entries()].sort(([a], [b]) => a.rank - b.rank).map(([, group]) => group);
  return [...ordered, ...singles];
}

function statementOf(set: Pending[]): InStatement {
  const first = set[0];
  if (first?.grouped)
    return { sql: first.grouped.sql, args: [JSON.stringify(set.map((write) => write.row))] };
  if (first?.statement) return first.statement;
  throw new Error("a batch holds at least one write");
}
