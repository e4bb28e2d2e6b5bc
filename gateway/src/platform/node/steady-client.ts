import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type InArgs,
  type InStatement,
  LibsqlError,
  type ResultSet,
  type TransactionMode,
} from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";

const busyMostMs = 1000;
const firstPauseMs = 10;
const longestPauseMs = 100;
const retryAfter = 2;

/** What a client tells its owner, and asks of it. */
export interface StoreWatch {
  /** The disk is full: frees what is kept for this; true when the write should be tried once more. */
  makeRoom(): boolean;
  /** The engine found damage. From now on nothing is written. */
  onDamage(cause: unknown): void;
}

/**
 * A libSQL file that is locked, full or damaged, told in words: a lock of another process is waited for off the event loop, up to a second, on a
 * connection that is opened anew after each refusal; then it is `unavailable`. A full disk is `storage_full`
 * once there is nothing left to free. After damage everything that writes is `read_only`, and reads go on as far as they can.
 */
export class SteadyClient implements Client {
  readonly protocol = "file";
  readonly #inner: Client;
  readonly #watch: StoreWatch;
  #damaged = false;

  /** `inner` waits for no lock by itself (`busy_timeout` 0). */
  constructor(inner: Client, watch: StoreWatch) {
    this.#inner = inner;
    this.#watch = watch;
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  execute(statement: InStatement | string, args?: InArgs): Promise<ResultSet> {
    const sql = typeof statement === "string" ? statement : statement.sql;
    const given: InStatement =
      typeof statement === "string" ? (args === undefined ? sql : { sql, args }) : statement;
    return this.#steadily(
      () => isWrite(sql),
      () => this.#inner.execute(given),
    );
  }

  batch(
    statements: (InStatement | [string, InArgs?])[],
    mode: TransactionMode = "deferred",
  ): Promise<ResultSet[]> {
    return this.#steadily(
      () => mode !== "read",
      () => this.#inner.batch(statements, mode),
    );
  }

  migrate(statements: InStatement[]): Promise<ResultSet[]> {
    return this.#steadily(
      () => true,
      () => this.#inner.migrate(statements),
    );
  }

  executeMultiple(sql: string): Promise<void> {
    return this.#steadily(
      () => true,
      () => this.#inner.executeMultiple(sql),
    );
  }

  transaction(): never {
    throw new Error("an interactive transaction may not be held across an await");
  }

  sync(): never {
    throw new Error("a file has no replica to sync");
  }

  async reconnect(): Promise<void> {
    await this.#inner.reconnect();
  }

  close(): void {
    this.#inner.close();
  }

  async #steadily<T>(writes: () => boolean, run: () => Promise<T>): Promise<T> {
    if (this.#damaged && writes()) throw damaged(null);
    const begun = performance.now();
    let madeRoom = false;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        return await run();
      } catch (cause) {
        const kind = faultOf(cause);
        if (kind === null) throw cause;
        // Measured: after a refusal the connection still has a statement in progress and commits nothing more.
        if (!this.closed) await this.#inner.reconnect();
        if (kind === "full") {
          if (madeRoom || !this.#watch.makeRoom()) throw full(cause);
          madeRoom = true;
        } else if (kind === "damaged") {
          this.#noteDamage(cause);
          throw writes() ? damaged(cause) : unreadable(cause);
        } else {
          if (performance.now() - begun + pauseMs > busyMostMs) throw busy(cause);
          await sleep(pauseMs);
        }
      }
    }
  }

  #noteDamage(cause: unknown): void {
    if (this.#damaged) return;
    this.#damaged = true;
    this.#watch.onDamage(cause);
  }
}

function isWrite(sql: string): boolean {
  return !/^\s*(SELECT|PRAGMA|EXPLAIN)\b/i.test(sql);
}

/** What is wrong with the file, or null for an error of the statement or of anything else. */
export function faultOf(error: unknown): "busy" | "full" | "damaged" | null {
  if (!(error instanceof LibsqlError)) return null;
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(error.code)) return "busy";
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) return "damaged";
  // Growing the shared memory of the WAL fails in its own way when the disk is full.
  const isFull = /^SQLITE_FULL/.test(error.code) || /SHMSIZE|SHMOPEN|WRITE/.test(error.extendedCode ?? "");
  return isFull ? "full" : null;
}

function busy(cause: unknown): ProblemError {
  const detail = "another process holds the database; try again";
  return new ProblemError("unavailable", detail, { cause, retryAfter });
}

function full(cause: unknown): ProblemError {
  const detail = "the disk of the gateway is full: nothing can be stored until there is room";
  return new ProblemError("storage_full", detail, { cause, retryAfter: 30 });
}

function damaged(cause: unknown): ProblemError {
  const detail =
    "the database is damaged and takes no writes; stop the gateway and restore a backup (pulse backup restore)";
  return new ProblemError("read_only", detail, { cause, retryAfter: 60 });
}

function unreadable(cause: unknown): ProblemError {
  const detail = "this part of the database is damaged; restore a backup (pulse backup restore)";
  return new ProblemError("unavailable", detail, { cause, retryAfter: 60 });
}
