import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Role } from "../roles.ts";
import type { Starter } from "./workflows.ts";

/** The call of a function whose code emitted an event: it has no rights of its own, and starts what it likes in its project. */
export interface EmittingExecution extends Starter {
  kind: "execution";
}

/** Who emitted an event, as they were then. */
export interface EmittingCaller extends Starter {
  kind: "key" | "session" | "user" | "runner" | "anonymous";
  scopes: readonly string[];
  roles: readonly Role[];
  groups: readonly string[];
}

/** Who emitted an event. */
export type Emitter = EmittingCaller | EmittingExecution;

/** What was emitted, in order: for those who wait for it, wherever they look back to. */
export const emittedEvents = sqliteTable(
  "emitted_events",
  {
    /** Only grows, so that whoever remembers one has seen all before it. */
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    project: text().notNull(),
    name: text().notNull(),
    /** Epoch milliseconds. */
    at: integer().notNull(),
    /** How deep the call lies that emitted it; what it starts lies as deep. */
    depth: integer().notNull(),
    /** Who emitted it, in words: `key:ci`, `user:ana`. */
    by: text().notNull(),
    /** Who may run what it starts, and has started it; null: not known. */
    emitter: text({ mode: "json" }).$type<Emitter | null>(),
    /** The idempotency key that it came with, after the scope that it counts in. */
    key: text(),
    data: text({ mode: "json" }).$type<unknown>().notNull(),
  },
  (t) => [
    uniqueIndex("emitted_events_id").on(t.id),
    uniqueIndex("emitted_events_key").on(t.project, t.key),
    index("emitted_events_name").on(t.project, t.name, t.seq),
    index("emitted_events_newest").on(t.project, t.seq),
    index("emitted_events_at").on(t.at),
  ],
);

/** Who is started by an event: written with it, one row for each trigger that names it. */
export const eventDeliveries = sqliteTable(
  "event_deliveries",
  {
    eventSeq: integer().notNull(),
    kind: text({ enum: ["workflow", "function"] }).notNull(),
    /** The name of the workflow or the function. */
    subscriber: text().notNull(),
    /** The trigger of it. */
    trigger: text().notNull(),
    project: text().notNull(),
    status: text({ enum: ["waiting", "started", "passed", "failed"] }).notNull(),
    attempts: integer().notNull().default(0),
    /** Not before this, epoch milliseconds. */
    nextAt: integer().notNull(),
    executionId: text(),
    error: text(),
  },
  (t) => [
    primaryKey({ columns: [t.eventSeq, t.kind, t.subscriber, t.trigger] }),
    index("event_deliveries_due").on(t.nextAt).where(sql`status = 'waiting'`),
  ],
);

/** Steps of runs that wait for an event. */
export const workflowAwaits = sqliteTable(
  "workflow_awaits",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    executionId: text().notNull(),
    /** The command that waits. */
    key: text().notNull(),
    project: text().notNull(),
    /** The name of the event. */
    name: text().notNull(),
    /** The last event that was not the one. */
    seen: integer().notNull(),
  },
  (t) => [
    uniqueIndex("workflow_awaits_key").on(t.executionId, t.key),
    index("workflow_awaits_name").on(t.project, t.name),
  ],
);

/** Requests of runs that are made at most once and were begun. */
export const workflowCalls = sqliteTable(
  "workflow_calls",
  {
    executionId: text().notNull(),
    key: text().notNull(),
    project: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.executionId, t.key] })],
);
