/** The types of what a function gets. `import type { Context } from "./pulse.d.ts"`: nothing of it exists when the code runs. */

/** Details of a trigger stand beside its type. */
export interface Trigger {
  type: "http" | "webhook" | "schedule" | "event" | "workflow" | "manual" | "replay" | "invoke";
  [detail: string]: unknown;
}

/** Lines that belong to the call, with fields that can be searched. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown> | Error): void;
}

/** What stands under a key. */
export interface KvKey {
  readonly key: string;
  /** The number of the write that left it, which never comes again in its space. */
  readonly version: number;
  /** ISO times; null: it stays. */
  readonly expiresAt: string | null;
  readonly updatedAt: string;
}

/** A key-value store: keys of at most 256 bytes, values of at most 48 KiB of JSON. Rejects with an error that has a `code`. */
export interface Kv {
  /** The value under a key; null where nothing is. */
  get<Value = unknown>(key: string): Promise<Value | null>;
  entry<Value = unknown>(key: string): Promise<(KvKey & { readonly value: Value }) | null>;
  /** Writes a value, for `ttl` seconds if given. With `ifVersion` only over that version (0: only where nothing is), else `precondition_failed`. */
  set(key: string, value: unknown, options?: { ttl?: number; ifVersion?: number }): Promise<KvKey>;
  /** Whether there was something to delete. */
  delete(key: string, options?: { ifVersion?: number }): Promise<boolean>;
  /** Keys that begin with `prefix`, at most `limit` (100), those after `cursor`. */
  list(options?: {
    prefix?: string;
    limit?: number;
    cursor?: string | null;
  }): Promise<{ items: (KvKey & { readonly bytes: number })[]; nextCursor: string | null }>;
}

/** What every entry point gets beside its input. */
export interface Context {
  readonly executionId: string;
  readonly function: { readonly name: string; readonly version: number; readonly alias: string | null };
  readonly trigger: Trigger;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly idempotencyKey: string | null;
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** The public URL; for `fetch` the request's own URL has the path below the function. */
  readonly url: string;
  /** W3C trace context. */
  readonly traceparent: string | null;
  /** How many calls through the gateway led to this one; at 8 the next one is refused. */
  readonly depth: number;
  /** Aborts on cancel, timeout and when the caller leaves; `reason.message` is "cancelled", "timed_out" or "disconnected". */
  readonly signal: AbortSignal;
  /** Variables and secrets, which are in `process.env` too. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Milliseconds until the deadline. */
  remainingMs(): number;
  /** Holds the process, not the response, until the promise settles: at most 30 s. */
  waitUntil(promise: Promise<unknown>): void;
  /** Calls another function: `name`, `name@version` or `name@alias`. Rejects with an error that has a `code`. */
  invoke<Value = unknown>(name: string, input?: unknown): Promise<Value>;
  /** Emits an event of the project: what has it as a trigger is started, and steps that wait for it go on. Rejects with an error that has a `code`. */
  emit(name: string, data?: unknown): Promise<{ id: string }>;
  /** What the function keeps between calls, in a space of its own. */
  readonly kv: Kv & {
    /** A space that functions share; `"kv": {"shared": ["name"]}` in the settings names it. */
    shared(name: string): Kv;
  };
  /** Thrown: the execution is not retried. */
  readonly PermanentError: new (
    message?: string,
    options?: ErrorOptions,
  ) => Error;
  /** Thrown: the execution is retried, but no earlier than after these seconds. */
  readonly RetryAfter: new (
    seconds: number,
    message?: string,
    options?: ErrorOptions,
  ) => Error;
}

/** An own response in Lambda's shape; with any other key an object is plain JSON. */
export interface LambdaResponse {
  statusCode: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  isBase64Encoded?: boolean;
  cookies?: string[];
}

/** An item of a stream that is sent as a server-sent event. */
export interface ServerSentEvent {
  event?: string;
  data?: unknown;
  id?: string | number;
  retry?: number;
}

/** Whatever a function may return: a response, nothing (204), text, bytes, a stream, or any JSON value. */
export type Answer =
  | Response
  | LambdaResponse
  | AsyncIterable<unknown>
  | Iterator<unknown>
  | Uint8Array
  | unknown;

/** `export default { fetch }`, or a named export. A Hono app is one. */
export type Fetch = (request: Request, env: Context["env"], context: Context) => Answer | Promise<Answer>;

/** `export default function`. */
export type Serve = (request: Request, context: Context) => Answer | Promise<Answer>;

/** `export function handler` or `main`: JSON calls, webhooks, schedules, workflow steps. */
export type Handler<Input = unknown> = (event: Input, context: Context) => Answer | Promise<Answer>;

/** What `scheduled` gets. */
export interface ScheduledEvent {
  /** Epoch milliseconds. */
  scheduledTime: number;
  cron: string | null;
  input: unknown;
}

/** `export function scheduled`. */
export type Scheduled = (event: ScheduledEvent, context: Context) => Answer | Promise<Answer>;

/** `export function init`: once per process, before the first call. */
export type Init = (context: Context) => void | Promise<void>;
