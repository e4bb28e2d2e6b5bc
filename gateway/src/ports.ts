import type { Client } from "@libsql/client";
import type { TraceContext } from "@pulse/schema/trace-context";
import type { BackupReport } from "@pulse/schema/wire/backups";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { Outbound } from "./outbound/outbound.ts";

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

/** A key that data keys of secrets are wrapped under: 32 bytes, and the id that is made from them. */
export interface MasterKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Where master keys come from. They are never in the database. */
export interface MasterKeys {
  /** Every key that is known: the first one seals, the others open what was sealed before. Throws `unavailable` when there is none. */
  known(): Promise<readonly MasterKey[]>;
  /** Makes a new key the first one; absent where keys are given from outside. */
  renew?(): Promise<void>;
  /** Lets go of every other key: they seal nothing any more. */
  retire?(except: string): Promise<void>;
}

/** What scrypt costs (RFC 7914): 2^ln blocks of 128 × r bytes, p times. */
export interface ScryptCost {
  ln: number;
  r: number;
  p: number;
}

/** A subscription as it stands at the provider. */
export interface Subscription {
  id: string;
  customer: string;
  /** In the provider's words. */
  status: string;
  /** The project that it is for, as it was said when it began; null: it is none of ours. */
  project: string | null;
  /** The plan that it pays for now; null: none of ours. */
  plan: "free" | "pro" | null;
}

/** What the provider told: about a subscription, or about something that does not concern us (null). */
export interface BillingEvent {
  id: string;
  type: string;
  subscription: string | null;
}

/** One amount of use, with a name that is the same however often it is sent. */
export interface UsageReport {
  identifier: string;
  customer: string;
  metric: "executions" | "gb_seconds";
  value: number;
  /** When it was used, epoch milliseconds. */
  at: number;
}

/** A provider of billing. Everything throws `unavailable` when it does not answer, and `conflict` with its words when it refuses. */
export interface Billing {
  /** The address of the page where a plan is bought for a project; asked again with the same `key` it is the same one. What it costs only the gateway's own settings say. */
  checkout(
    asked: { project: string; plan: "pro"; customer: string | null; returnUrl: string; key: string },
    signal: AbortSignal,
  ): Promise<string>;
  /** The address of the page where a customer changes or ends what is paid. */
  portal(asked: { customer: string; returnUrl: string }, signal: AbortSignal): Promise<string>;
  /** A subscription as it is now; null: there is none. */
  subscription(id: string, signal: AbortSignal): Promise<Subscription | null>;
  /** Reports use; the same report twice counts once. */
  report(report: UsageReport, signal: AbortSignal): Promise<void>;
  /** Reads what the provider told; throws `invalid_signature` unless these bytes are the provider's. */
  read(body: Uint8Array, header: string | null, now: number): Promise<BillingEvent>;
}

/** What a gateway hands out to runners that are installed from it: an archive for each platform, by its name below `/install/`. */
export interface HandedOut {
  version: string;
  protocol: number;
  /** The oldest Node that runs it. */
  node: string;
  bundles: readonly { platform: string; file: string; sha256: string; bytes: number }[];
}

/** A mail before it is put on the wire: what it says, as text and as HTML that loads nothing. */
export interface Mail {
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** The same with each try, so that a mailbox that got it twice shows it once. */
  messageId: string;
}

/** The server that the operator lets mail go out through. */
export interface Mailer {
  /** Hands a mail over. What the server refuses is an answer: its code and its words. Rejects when there is none. */
  send(mail: Mail, signal: AbortSignal): Promise<{ status: number; answer: string }>;
}

/** What the gateway's process uses. Null: not known, or not yet. */
export interface ProcessFacts {
  /** Epoch milliseconds. */
  startedAt: number;
  cpuSeconds: number;
  residentBytes: number;
  heapBytes: number;
  openFds: number | null;
  maxFds: number | null;
  /** How late timers were, the 99th of 100. */
  loopLagSeconds: number | null;
}

/** Makes backups of the gateway's own data folder, one at a time. */
export interface Backups {
  /** The one that is being made: since when (epoch ms), and how much is written. */
  running(): Promise<{ startedAt: number; bytes: number } | null>;
  /** The last one that was made since the process began. */
  made(): BackupReport | null;
  /** Why the last try failed, in words; null: it did not. */
  failure(): string | null;
  /** Begins one; false while one is being made. */
  start(): boolean;
}

/** Something that took time, as OpenTelemetry calls it. It has no input, no secret and nobody's name. */
export interface Span {
  traceId: string;
  spanId: string;
  /** What it is a part of; null: it is the first of its trace. */
  parentId: string | null;
  name: string;
  kind: "internal" | "server" | "client" | "producer" | "consumer";
  /** Epoch milliseconds, with fractions. */
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Why it failed, as a code; null: it did not. */
  error: string | null;
  links?: readonly { traceId: string; spanId: string }[];
}

/** What became of deliveries of webhooks and of messages to channels since the process began. */
export interface EndCounts {
  add(kind: "delivery" | "message", status: string): void;
  read(kind: "delivery" | "message"): { status: string; count: number }[];
}

/** What became of spans since the process began. */
export interface SpanCounts {
  /** The collector has them. */
  exported: number;
  /** There was no room for them, or the collector could not be reached in time. */
  dropped: number;
  /** The collector would not have them. */
  refused: number;
}

/** Tells a collector of spans. Nothing here waits, and nothing throws. */
export interface Tracing {
  /** The context of something that begins now: what it is a part of, where somebody said so, or a new trace, whose `spanId` no span has yet. */
  begin(given: TraceContext | null): TraceContext & { isRoot: boolean };
  /** Tells of a span, soon; of one that is not sampled nobody tells. */
  add(span: Span): void;
  counts(): SpanCounts;
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
  /** scrypt, of few at a time: throws `rate_limited` when many wait already. */
  scrypt(
    password: Uint8Array<ArrayBuffer>,
    salt: Uint8Array<ArrayBuffer>,
    cost: ScryptCost,
    bytes: number,
  ): Promise<Uint8Array>;
  gzip(bytes: Uint8Array): Promise<Uint8Array>;
  /** Throws when the result would exceed `mostBytes`. */
  gunzip(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array>;
  database: Database;
  blobs: Blobs;
  log: Log;
  masterKeys: MasterKeys;
  /** How requests to URLs that users gave leave; only `safeFetch` uses it. */
  outbound: Outbound;
  /** Who is paid for plans; absent: nobody. */
  billing?: Billing;
  /** What mail goes out through; absent: none does. */
  mailer?: Mailer;
  /** Hears that there is something new to tell, where something waits for that. */
  messageAdded?: () => void;
  /** Hears that a run of a workflow is over, where that is counted. */
  runEnded?: (project: string, status: string) => void;
  /** Hears that a callback was added, where something waits for that. */
  callbackAdded?: () => void;
  /** Hears that a delivery of a webhook has to be started again later, where something waits for that. */
  deliveryWaits?: () => void;
  /** Reads what is handed out to runners; null or absent: nothing, for the dashboard, and so the runner, was not built. */
  handedOut?: () => Promise<HandedOut | null>;
  /** Hears that an upgrade of runners was begun, where something waits for that. */
  upgradeBegun?: () => void;
  /** Hears that calls meet an alias which is split, where something watches how they go. */
  splitSeen?: () => void;
  /** Hears that a sync of a source waits, where something sees to that; absent: whoever puts it in line runs it. */
  syncWaits?: () => void;
  /** What makes backups; absent: the database is a remote one, with backups of its own. */
  backups?: Backups;
  /** Whether the gateway's own disk has room, where it has one: `low` and `spent` take nothing new. */
  disk?: () => "ok" | "low" | "spent";
  /** Where spans are told of; absent: nowhere, and nothing makes any. */
  tracing?: Tracing;
  /** Counts what became of deliveries and messages; absent: no process lives long enough to. */
  ended?: EndCounts;
  /** What the process uses, where there is one. */
  process?: () => ProcessFacts;
}
