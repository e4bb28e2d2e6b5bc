import type { Client } from "@libsql/client";
import type { LibSQLDatabase } from "drizzle-orm/libsql";

/** Content by its sha256 (64 hex digits): bundles and built dependencies. */
export interface Blobs {
  /** Stores the content after checking that it hashes to `sha256`; throws `ProblemError("invalid_bundle")` otherwise. Returns its size in bytes. */
  put(sha256: string, content: Uint8Array | ReadableStream<Uint8Array>): Promise<number>;
  /** The content, or null when it is not stored. */
  get(sha256: string): Promise<{ bytes: number; body: ReadableStream<Uint8Array> } | null>;
  /** The next digests of what is stored, in order, at most `limit`; empty: there are no more. */
  list(after: string | null, limit: number): Promise<string[]>;
  /** Deletes the content unless it was last stored at `storedBefore` (epoch ms) or later; false when it stays or is not there. */
  delete(sha256: string, storedBefore: number): Promise<boolean>;
}

export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Structured lines for the operator. Never given secrets, bodies or credentials. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** A bug or a broken part: the cause's stack is written here and nowhere else. */
  error(message: string, cause: unknown, fields?: LogFields): void;
}

/** One libSQL database: raw client for the hot statements, drizzle for the rest (casing snake_case, schema of `@pulse/schema/tables`). */
export interface Database {
  client: Client;
  orm: LibSQLDatabase;
}

/** Everything the gateway needs from where it runs. */
export interface Ports {
  /** Epoch milliseconds. */
  now(): number;
  random(bytes: number): Uint8Array;
  /** Calls back once after `ms`; returns what cancels it. */
  timer(ms: number, callback: () => void): () => void;
  /** Calls back after the events that are already due: the end of this turn of the loop. */
  soon(callback: () => void): void;
  /** Lets a promise run on after the answer; a rejection is logged. */
  background(work: Promise<unknown>): void;
  gzip(bytes: Uint8Array): Promise<Uint8Array>;
  /** Throws when the result would exceed `mostBytes`. */
  gunzip(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array>;
  database: Database;
  blobs: Blobs;
  log: Log;
  /** Hears that a callback was added, where something waits for that. */
  callbackAdded?: () => void;
  /** Whether the gateway's own disk has room, where it has one: `low` and `spent` take nothing new. */
  disk?: () => "ok" | "low" | "spent";
}
