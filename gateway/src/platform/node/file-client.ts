import {
  type Client,
  type InArgs,
  type InStatement,
  LibsqlBatchError,
  LibsqlError,
  type ResultSet,
  type TransactionMode,
} from "@libsql/client";
import Engine from "libsql";
import { asLibsqlError, type Connection, KeptStatements } from "./kept-statements.ts";

const keptMost = 256;

const beginnings: Record<TransactionMode, string> = {
  write: "BEGIN IMMEDIATE",
  read: "BEGIN TRANSACTION READONLY",
  deferred: "BEGIN DEFERRED",
};

/**
 * The client of a libSQL file over one connection, which keeps prepared statements: otherwise as `@libsql/client`, whose file client
 * prepares each statement anew. `pragmas` are set on every connection that is opened. Interactive transactions are refused.
 */
export class FileClient implements Client {
  readonly protocol = "file";
  readonly #path: string;
  readonly #pragmas: readonly string[];
  #open: { connection: Connection; statements: KeptStatements } | null = null;
  closed = false;

  /** Throws `LibsqlError` when the file cannot be opened. */
  constructor(path: string, pragmas: readonly string[]) {
    this.#path = path;
    this.#pragmas = pragmas;
    this.#connect();
  }

  async execute(statement: InStatement | string, args: InArgs = []): Promise<ResultSet> {
    const { statements } = this.#connect();
    return typeof statement === "string"
      ? statements.run(statement, args)
      : statements.run(statement.sql, statement.args ?? []);
  }

  /** Runs all in one transaction; throws `LibsqlBatchError` with the place of the one that failed, after which nothing was done. */
  async batch(
    statements: (InStatement | [string, InArgs?])[],
    mode: TransactionMode = "deferred",
  ): Promise<ResultSet[]> {
    return this.#transact(statements, beginnings[mode]);
  }

  /** As `batch`, while foreign keys are not looked at. */
  async migrate(statements: InStatement[]): Promise<ResultSet[]> {
    const open = this.#connect();
    open.statements.run("PRAGMA foreign_keys=off", []);
    try {
      return this.#transact(statements, beginnings.deferred);
    } finally {
      open.statements.run("PRAGMA foreign_keys=on", []);
    }
  }

  async executeMultiple(sql: string): Promise<void> {
    const { connection, statements } = this.#connect();
    statements.clear();
    try {
      connection.exec(sql);
    } catch (error) {
      throw asLibsqlError(error);
    } finally {
      this.#rollBack();
    }
  }

  transaction(): never {
    throw new Error("an interactive transaction may not be held across an await");
  }

  sync(): never {
    throw new Error("a file has no replica to sync");
  }

  /** Closes the connection and opens a new one with the next call. */
  async reconnect(): Promise<void> {
    this.close();
    this.closed = false;
  }

  close(): void {
    this.closed = true;
    const open = this.#open;
    this.#open = null;
    open?.statements.clear();
    open?.connection.close();
  }

  #connect(): { connection: Connection; statements: KeptStatements } {
    if (this.closed) throw new LibsqlError("The client is closed", "CLIENT_CLOSED");
    if (this.#open !== null) return this.#open;
    try {
      const connection = new Engine(this.#path);
      const statements = new KeptStatements(connection, keptMost);
      for (const pragma of this.#pragmas) statements.run(`PRAGMA ${pragma}`, []);
      this.#open = { connection, statements };
      return this.#open;
    } catch (error) {
      throw asLibsqlError(error);
    }
  }

  #transact(batch: readonly (InStatement | [string, InArgs?])[], begin: string): ResultSet[] {
    const { connection, statements } = this.#connect();
    try {
      statements.run(begin, []);
      const results = batch.map((one, at) => {
        if (!connection.inTransaction) {
          throw new LibsqlBatchError("The transaction has been rolled back", at, "TRANSACTION_CLOSED");
        }
        try {
          const [sql, args] =
            typeof one === "string" ? [one] : Array.isArray(one) ? one : [one.sql, one.args];
          return statements.run(sql, args ?? []);
        } catch (error) {
          throw inBatch(error, at);
        }
      });
      statements.run("COMMIT", []);
      return results;
    } finally {
      this.#rollBack();
    }
  }

  /** Nothing is left open for whoever comes next; a connection that cannot roll back is not used again. */
  #rollBack(): void {
    const open = this.#open;
    if (open === null || !open.connection.inTransaction) return;
    try {
      open.statements.run("ROLLBACK", []);
    } catch {
      this.#open = null;
      open.connection.close();
    }
  }
}

function inBatch(error: unknown, at: number): unknown {
  if (!(error instanceof LibsqlError)) return error;
  const { message, code, extendedCode, rawCode, cause } = error;
  return new LibsqlBatchError(
    message,
    at,
    code,
    extendedCode,
    rawCode,
    cause instanceof Error ? cause : undefined,
  );
}
