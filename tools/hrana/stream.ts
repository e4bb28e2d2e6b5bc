import type { Connection } from "./connection.ts";
import {
  type Batch,
  type Condition,
  HranaError,
  type Statement,
  type StatementResult,
  type StreamRequest,
} from "./protocol.ts";

/** One answer in a pipeline. */
export type StreamResult =
  | { type: "ok"; response: { type: StreamRequest["type"]; result?: unknown; is_autocommit?: boolean } }
  | { type: "error"; error: { message: string; code: string } };

/** A Hrana stream: a connection with its stored SQL texts. Its requests come one pipeline after the other. */
export class Stream {
  readonly connection: Connection;
  readonly #texts = new Map<number, string>();
  /** Statements run so far; `close`, `store_sql` and the like are none. */
  statements = 0;
  isClosed = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Answers one request; errors of SQL are answers, not throws. */
  async answer(request: StreamRequest): Promise<StreamResult> {
    try {
      return { type: "ok", response: { type: request.type, ...(await this.#perform(request)) } };
    } catch (error) {
      return { type: "error", error: shown(error) };
    }
  }

  async #perform(request: StreamRequest): Promise<{ result?: unknown; is_autocommit?: boolean }> {
    if (this.isClosed)
      throw new HranaError("STREAM_CLOSED", "the stream was closed earlier in this pipeline");
    switch (request.type) {
      case "execute":
        return { result: await this.#execute(request.stmt) };
      case "batch":
        return { result: await this.#batch(request.batch) };
      case "sequence":
        this.statements += 1;
        await this.connection.sequence(this.#textOf(request));
        return {};
      case "describe":
        return {
          result: { params: [], is_explain: false, ...this.connection.describe(this.#textOf(request)) },
        };
      case "store_sql":
        this.#texts.set(request.sql_id, request.sql);
        return {};
      case "close_sql":
        this.#texts.delete(request.sql_id);
        return {};
      case "get_autocommit":
        return { is_autocommit: !this.connection.inTransaction };
      case "close":
        this.isClosed = true;
        return {};
    }
  }

  #textOf({ sql, sql_id }: { sql?: string | null | undefined; sql_id?: number | null | undefined }): string {
    const text = sql ?? (sql_id == null ? undefined : this.#texts.get(sql_id));
    if (text === undefined) throw new HranaError("SQL_NO_TEXT", `there is no SQL text ${sql_id ?? ""}`);
    return text;
  }

  #execute(statement: Statement): Promise<StatementResult> {
    this.statements += 1;
    return this.connection.execute(this.#textOf(statement), statement);
  }

  async #batch({ steps }: Batch): Promise<unknown> {
    const results: (StatementResult | null)[] = [];
    const errors: ({ message: string; code: string } | null)[] = [];
    const holds = (condition: Condition): boolean => {
      switch (condition.type) {
        case "ok":
          return (results[condition.step] ?? null) !== null;
        case "error":
          return (errors[condition.step] ?? null) !== null;
        case "not":
          return !holds(condition.cond);
        case "and":
          return condition.conds.every(holds);
        case "or":
          return condition.conds.some(holds);
        case "is_autocommit":
          return !this.connection.inTransaction;
      }
    };
    for (const { condition, stmt } of steps) {
      let result: StatementResult | null = null;
      let error: { message: string; code: string } | null = null;
      if (condition == null || holds(condition)) {
        try {
          result = await this.#execute(stmt);
        } catch (cause) {
          error = shown(cause);
        }
      }
      results.push(result);
      errors.push(error);
    }
    return { step_results: results, step_errors: errors };
  }
}

function shown(error: unknown): { message: string; code: string } {
  if (error instanceof HranaError) return { message: error.message, code: error.code };
  throw error;
}
