import { type InArgs, type InValue, LibsqlError, type ResultSet, type Row, type Value } from "@libsql/client";
import Engine from "libsql";

/** One connection of the libSQL engine. */
export type Connection = InstanceType<typeof Engine>;

interface Kept {
  statement: ReturnType<Connection["prepare"]>;
  /** How a row is made of its values; null for a statement that returns none. */
  shape: RowShape | null;
  /** How many values its last run bound: those that a later run leaves out would stay. */
  bound: number;
}

/** What a result's rows look like. */
interface RowShape {
  columns: string[];
  types: string[];
  rowOf(values: unknown[]): Row;
}

/** Statements of these kinds are kept: what they return and do does not change while the schema stands. */
const keepable = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK)\b/i;

/** The prepared statements of one connection: preparing one anew for each run costs more than running it. */
export class KeptStatements {
  readonly #connection: Connection;
  readonly #most: number;
  /** By text; the one that was used last stands last. */
  readonly #kept = new Map<string, Kept>();

  constructor(connection: Connection, most: number) {
    this.#connection = connection;
    this.#most = most;
  }

  /** Runs one statement; throws `LibsqlError` for what the engine refuses. */
  run(sql: string, args: InArgs): ResultSet {
    const isList = Array.isArray(args);
    const values = isList ? args.map(toEngine) : namesOf(args);
    try {
      const kept = this.#take(sql, isList ? args.length : null);
      const { statement, shape } = kept;
      if (shape === null) {
        const { changes, lastInsertRowid } = statement.run(values);
        return resultOf([], [], [], changes, BigInt(lastInsertRowid));
      }
      // `raw` gives each row as an array; the declared type does not know about it.
      const found = statement.all(values) as unknown[][];
      return resultOf(shape.columns, shape.types, found.map(shape.rowOf), 0, undefined);
    } catch (error) {
      // One that failed may still stand where it failed.
      this.#kept.delete(sql);
      throw asLibsqlError(error);
    }
  }

  /** Forgets all: what they return may be another thing from now on. */
  clear(): void {
    this.#kept.clear();
  }

  #take(sql: string, bound: number | null): Kept {
    const known = this.#kept.get(sql);
    this.#kept.delete(sql);
    const fits = known !== undefined && bound !== null && bound >= known.bound;
    const kept = fits ? known : this.#prepare(sql);
    if (keepable.test(sql)) {
      if (bound === null) return kept;
      kept.bound = bound;
      this.#kept.set(sql, kept);
      if (this.#kept.size > this.#most) {
        const oldest = this.#kept.keys().next();
        if (!oldest.done) this.#kept.delete(oldest.value);
      }
    } else this.clear();
    return kept;
  }

  #prepare(sql: string): Kept {
    const statement = this.#connection.prepare(sql);
    statement.safeIntegers(true);
    if (!statement.reader) return { statement, shape: null, bound: 0 };
    statement.raw(true);
    return { statement, shape: shapeOf(statement.columns()), bound: 0 };
  }
}

function shapeOf(found: { name: string; type: string | null }[]): RowShape {
  const columns = found.map(({ name }) => name);
  const isPlain =
    new Set(columns).size === columns.length &&
    columns.every((name) => !/^\d+$/.test(name) && name !== "length" && name !== "__proto__");
  return {
    columns,
    types: found.map(({ type }) => type ?? ""),
    rowOf: isPlain ? plainRows(columns) : (values) => oddRow(columns, values),
  };
}

/** Rows whose values are properties by their names; their places and the length are read through what all of them share. */
function plainRows(columns: readonly string[]): RowShape["rowOf"] {
  const shared: object = {};
  Object.defineProperty(shared, "length", { value: columns.length });
  columns.forEach((name, at) => {
    Object.defineProperty(shared, at, {
      get(this: Record<string, unknown>) {
        return this[name];
      },
    });
  });
  // A constructor of their own gives all rows of a statement one layout.
  const PlainRow = function PlainRow() {} as unknown as new () => Record<string, unknown>;
  PlainRow.prototype = shared;
  return (values) => {
    const row = new PlainRow();
    for (let i = 0; i < columns.length; i++) row[columns[i] as string] = fromEngine(values[i]);
    return row as unknown as Row; // `length` and the places come from the prototype.
  };
}

/** A row with names that repeat or look like places. */
function oddRow(columns: readonly string[], values: readonly unknown[]): Row {
  const row = {};
  Object.defineProperty(row, "length", { value: values.length });
  values.forEach((given, at) => {
    const value = fromEngine(given);
    Object.defineProperty(row, at, { value });
    const name = columns[at] ?? "";
    if (Object.hasOwn(row, name)) return;
    Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  });
  return row as Row; // Everything that a Row has was defined above.
}

function resultOf(
  columns: string[],
  columnTypes: string[],
  rows: Row[],
  rowsAffected: number,
  lastInsertRowid: bigint | undefined,
): ResultSet {
  return {
    columns,
    columnTypes,
    rows,
    rowsAffected,
    lastInsertRowid,
    toJSON: () => ({
      columns,
      columnTypes,
      rows: rows.map((row) => Array.from(row, jsonOf)),
      rowsAffected,
      lastInsertRowid: lastInsertRowid === undefined ? null : String(lastInsertRowid),
    }),
  };
}

function jsonOf(value: Value): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof ArrayBuffer ? Buffer.from(value).toString("base64") : value;
}

function fromEngine(value: unknown): Value {
  if (typeof value === "bigint") {
    if (value < Number.MIN_SAFE_INTEGER || value > Number.MAX_SAFE_INTEGER) {
      throw new RangeError("Received integer which cannot be safely represented as a JavaScript number");
    }
    return Number(value);
  }
  if (value instanceof Buffer) return value.buffer as ArrayBuffer; // The engine gives each its own.
  return value as Value; // Text, a number or null: the engine knows no more.
}

const leastInteger = -(2n ** 63n);
const mostInteger = 2n ** 63n - 1n;

function toEngine(value: InValue): unknown {
  if (typeof value === "string" || value === null) return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw new RangeError("Only finite numbers (not Infinity or NaN) can be passed as arguments");
  }
  if (typeof value === "bigint") {
    if (value >= leastInteger && value <= mostInteger) return value;
    throw new RangeError("bigint is too large to be represented as a 64-bit integer and passed as argument");
  }
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Date) return value.valueOf();
  if (value === undefined) throw new TypeError("undefined cannot be passed as argument to the database");
  return value;
}

function namesOf(args: Record<string, InValue>): Record<string, unknown> {
  const entries = Object.entries(args);
  return Object.fromEntries(entries.map(([name, value]) => [name.replace(/^[@$:]/, ""), toEngine(value)]));
}

const codes: Readonly<Record<number, string>> = {
  1: "ERROR",
  2: "INTERNAL",
  3: "PERM",
  4: "ABORT",
  5: "BUSY",
  6: "LOCKED",
  7: "NOMEM",
  8: "READONLY",
  9: "INTERRUPT",
  10: "IOERR",
  11: "CORRUPT",
  12: "NOTFOUND",
  13: "FULL",
  14: "CANTOPEN",
  15: "PROTOCOL",
  16: "EMPTY",
  17: "SCHEMA",
  18: "TOOBIG",
  19: "CONSTRAINT",
  20: "MISMATCH",
  21: "MISUSE",
  22: "NOLFS",
  23: "AUTH",
  24: "FORMAT",
  25: "RANGE",
  26: "NOTADB",
  27: "NOTICE",
  28: "WARNING",
};

/** An error of the engine as the client of libSQL shows it; every other one as it is. */
export function asLibsqlError(error: unknown): unknown {
  if (!(error instanceof Engine.SqliteError)) return error;
  const { message, code, rawCode } = error;
  // Extended codes carry the base code in their lowest byte.
  const base = rawCode === undefined ? "UNKNOWN" : (codes[rawCode & 0xff] ?? `UNKNOWN_${rawCode & 0xff}`);
  return new LibsqlError(message, `SQLITE_${base}`, code, rawCode, error);
}
