import { Buffer } from "node:buffer";
import Database from "libsql";
import { HranaError, type Statement, type StatementResult, type Value } from "./protocol.ts";

/** How long one statement outside a transaction waits for another stream's lock before SQLITE_BUSY, and how often it looks. */
export interface BusyPolicy {
  waitMs: number;
  everyMs: number;
}

/** One connection of the real libSQL engine to the file; a stream owns it. */
export class Connection {
  readonly #file: string;
  readonly #busy: BusyPolicy;
  #engine: Database.Database;

  constructor(file: string, busy: BusyPolicy) {
    this.#file = file;
    this.#busy = busy;
    this.#engine = open(file);
  }

  get inTransaction(): boolean {
    return this.#engine.inTransaction;
  }

  /** Runs one statement; throws `HranaError`. Outside a transaction it waits for a lock, without stopping others. */
  async execute(sql: string, { args, named_args, want_rows }: Statement): Promise<StatementResult> {
    return this.#whenFree(() => {
      const statement = this.#prepare(sql);
      const bound = bind(args ?? [], named_args ?? []);
      if (!statement.reader) {
        const { changes, lastInsertRowid } = statement.run(bound);
        return {
          cols: [],
          rows: [],
          affected_row_count: changes,
          last_insert_rowid: String(lastInsertRowid),
        };
      }
      const readsOnly = /^\s*(select|with|explain|pragma|values)\b/i.test(sql);
      const before = readsOnly ? 0 : this.#totalChanges();
      statement.safeIntegers(true).raw(true);
      // `raw` gives each row as an array; the declared type does not know about it.
      const rows = statement.all(bound) as unknown[][];
      return {
        cols: statement.columns().map(({ name, type }) => ({ name, decltype: type })),
        rows: want_rows === false ? [] : rows.map((row) => row.map(toValue)),
        affected_row_count: readsOnly ? 0 : this.#totalChanges() - before,
        last_insert_rowid: null,
      };
    });
  }

  /** Runs several statements without arguments and results. */
  async sequence(sql: string): Promise<void> {
    await this.#whenFree(() => void this.#engine.exec(sql));
  }

  describe(sql: string): { cols: { name: string; decltype: string | null }[]; is_readonly: boolean } {
    return this.#translate(() => {
      const statement = this.#prepare(sql);
      const cols = statement.reader
        ? statement.columns().map(({ name, type }) => ({ name, decltype: type }))
        : [];
      return { cols, is_readonly: /^\s*(select|explain|values)\b/i.test(sql) };
    });
  }

  /** Rolls back what is open, so that the next stream finds it clean. Returns false when it must not be used again. */
  reset(): boolean {
    try {
      if (this.#engine.inTransaction) this.#engine.exec("ROLLBACK");
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#engine.close();
  }

  #prepare(sql: string): Database.Statement<unknown[]> {
    // The engine aborts the whole process when it is asked about a statement without text.
    const text = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, "").replace(/[\s;]/g, "");
    if (text === "") throw new HranaError("SQL_NO_STATEMENT", "SQL string does not contain any statement");
    return this.#engine.prepare(sql);
  }

  #totalChanges(): number {
    const row = this.#engine.prepare("SELECT total_changes() AS n").get() as { n: number };
    return row.n;
  }

  async #whenFree<T>(run: () => T): Promise<T> {
    const giveUpAt = performance.now() + this.#busy.waitMs;
    for (;;) {
      try {
        return this.#translate(run);
      } catch (error) {
        const isBusy = error instanceof HranaError && error.code === "SQLITE_BUSY";
        if (!isBusy || this.#engine.inTransaction || performance.now() >= giveUpAt) throw error;
        // A connection that met a lock keeps its half-done statement: only a new one is known to be clean.
        this.#engine.close();
        this.#engine = open(this.#file);
        await new Promise((resolve) => setTimeout(resolve, this.#busy.everyMs));
      }
    }
  }

  #translate<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof HranaError) throw error;
      // The engine throws its SqliteError, whose type the package does not export as an instance.
      const { code, message } = error as Error & { code?: string };
      const base = /^SQLITE_[A-Z]+/.exec(code ?? "")?.[0] ?? "SQL_INPUT_ERROR";
      throw new HranaError(base, `SQLite error: ${message}`);
    }
  }
}

function open(file: string): Database.Database {
  const engine = new Database(file);
  engine.exec("PRAGMA journal_mode = WAL");
  engine.exec("PRAGMA synchronous = NORMAL");
  return engine;
}

function bind(args: Value[], named: { name: string; value: Value }[]): unknown {
  if (named.length === 0) return args.map(fromValue);
  return Object.fromEntries(named.map(({ name, value }) => [name.replace(/^[:@$]/, ""), fromValue(value)]));
}

function fromValue(value: Value): unknown {
  if (value.type === "null") return null;
  if (value.type === "integer") return BigInt(value.value);
  if (value.type === "blob") return Buffer.from(value.base64, "base64");
  return value.value;
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: value.toString() };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  if (value instanceof Uint8Array) return { type: "blob", base64: Buffer.from(value).toString("base64") };
  throw new HranaError("INTERNAL", `the engine gave a value of type ${typeof value}`);
}
