import { type Client, createClient, LibsqlError } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import { drizzle } from "drizzle-orm/libsql/web";
import type { Database } from "../../ports.ts";

const answerWithinMs = 15_000;

/**
 * A libSQL database over HTTP. Each call makes a client of its own: a client that is kept shares promises between requests,
 * and a Worker must not wait for another request's (measured: 80 of 100 parallel requests failed). A client holds no connection, so
 * one more costs nothing. What is not an answer of the engine becomes the problem `unavailable`.
 */
export function remoteDatabase(url: string, token: string | null): Database {
  const open = () => {
    const timed: typeof fetch = (input, init) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    return createClient({ url, ...(token === null ? {} : { authToken: token }), fetch: timed });
  };
  const once = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    try {
      return await use(open());
    } catch (cause) {
      throw asUnavailable(cause);
    }
  };
  const client: Client = {
    execute: (...args: [never]) => once((one) => one.execute(...args)),
    batch: (statements, mode) => once((one) => one.batch(statements, mode)),
    migrate: (statements) => once((one) => one.migrate(statements)),
    executeMultiple: (sql) => once((one) => one.executeMultiple(sql)),
    transaction() {
      throw new Error("an interactive transaction may not be held across an await");
    },
    sync() {
      throw new Error("a remote database has no replica to sync");
    },
    close: () => undefined,
    reconnect: () => undefined,
    closed: false,
    protocol: "http",
  };
  // The web build of drizzle and the other one are the same class with two type declarations.
  const orm = drizzle(client, { casing: "snake_case" }) as Database["orm"];
  return { client, orm };
}

/** Errors of SQL stay as they are; a server that refuses, is locked, is slow or is not there is `unavailable`, and so is one without our tables. */
function asUnavailable(cause: unknown): unknown {
  if (cause instanceof LibsqlError && /\bno such (table|column)\b/.test(cause.message)) {
    const detail = "the database has not been migrated to this version yet: run `pulse migrate`";
    return new ProblemError("unavailable", detail, { cause, retryAfter: 30 });
  }
  const isSql = cause instanceof LibsqlError && /^SQLITE_(?!BUSY|LOCKED|IOERR|FULL)/.test(cause.code);
  if (isSql || cause instanceof ProblemError) return cause;
  return new ProblemError("unavailable", "the database does not answer; try again", { cause, retryAfter: 2 });
}
