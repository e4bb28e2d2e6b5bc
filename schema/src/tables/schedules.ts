import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { overlaps, type PausedNote, type ScheduleTarget, tickStatuses } from "../wire/schedules.ts";

/** What is started at times. Written only by the store of schedules; times are epoch milliseconds. */
export const schedules = sqliteTable(
  "schedules",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    /** One of these three is there. */
    cron: text(),
    everyMs: integer(),
    runAt: integer(),
    /** What an interval is counted from. */
    anchor: integer().notNull(),
    timezone: text().notNull(),
    overlap: text({ enum: overlaps }).notNull(),
    catchupMs: integer().notNull(),
    jitterMs: integer().notNull(),
    target: text({ mode: "json" }).$type<ScheduleTarget>().notNull(),
    enabled: integer({ mode: "boolean" }).notNull(),
    paused: text({ mode: "json" }).$type<PausedNote | null>(),
    /** The workflow that has it as a trigger, and which of them; null: it was made by itself. */
    workflowId: text(),
    triggerId: text(),
    /** Up to here its ticks are rows. */
    seen: integer().notNull(),
    /** The next tick; null: it is paused, or none comes any more. */
    nextAt: integer(),
    /** How many calls led to whoever made it or changed its times: what it starts lies as deep, so that no loop goes on through schedules. */
    depth: integer().notNull().default(0),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("schedules_name").on(t.project, t.name),
    uniqueIndex("schedules_trigger").on(t.workflowId, t.triggerId),
    index("schedules_due").on(t.nextAt).where(sql`next_at IS NOT NULL`),
    index("schedules_due_project").on(t.project, t.nextAt).where(sql`next_at IS NOT NULL`),
    index("schedules_seen").on(t.seen),
  ],
);

/** Ticks whose time has come, one row for each: it is what keeps a tick from starting twice. */
export const scheduleTicks = sqliteTable(
  "schedule_ticks",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    scheduleId: text().notNull(),
    /** When it was to be. */
    at: integer().notNull(),
    /** Of missed ticks in a row: the last one, and how many they are; null: not counted. */
    until: integer(),
    count: integer(),
    /** Who asked for it; null: it came by itself. */
    by: text(),
    /** What it is to start, as its schedule said when it came; null: that is over. */
    target: text({ mode: "json" }).$type<ScheduleTarget | null>(),
    /** How many calls through the gateway led to it: what it starts lies as deep. */
    depth: integer().notNull().default(0),
    /** The rule for this one alone; null: that of its schedule. */
    overlap: text({ enum: overlaps }),
    status: text({ enum: tickStatuses }).notNull(),
    reason: text(),
    /** Of a workflow known before it is there. */
    executionId: text(),
    /** Whether its execution had not ended when somebody looked last. */
    isOpen: integer({ mode: "boolean" }).notNull().default(false),
    /** Not started or looked at again before this. */
    nextAt: integer().notNull(),
    tries: integer().notNull().default(0),
    startedAt: integer(),
  },
  (t) => [
    uniqueIndex("schedule_ticks_once").on(t.scheduleId, t.at).where(sql`"by" IS NULL`),
    index("schedule_ticks_newest").on(t.scheduleId, t.at, t.id),
    index("schedule_ticks_due").on(t.nextAt).where(sql`status IN ('waiting', 'buffered', 'starting')`),
    index("schedule_ticks_open")
      .on(t.scheduleId)
      .where(sql`is_open = 1 OR status IN ('waiting', 'buffered', 'starting')`),
    index("schedule_ticks_age").on(t.at),
  ],
);
