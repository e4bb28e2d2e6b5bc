import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { type MessageStatus, messageStatuses } from "../wire/channel-messages.ts";
import type { MessageTemplate, NotificationEvent, QuietHours } from "../wire/channel-rules.ts";
import { channelTypes } from "../wire/channels.ts";
import type { EmittingCaller } from "./emitted.ts";

/** Where messages go. What reaches them is among the sealed values. Written only by the store of channels. */
export const channels = sqliteTable(
  "channels",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    type: text({ enum: channelTypes }).notNull(),
    /** What may be shown of where it goes. */
    shown: text().notNull(),
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** How the last message that was tried went, and when (epoch milliseconds). */
    lastDelivered: integer({ mode: "boolean" }),
    lastAt: integer(),
    lastError: text(),
    /** Who last said where it goes, as they were then; null: not known. */
    setBy: text({ mode: "json" }).$type<EmittingCaller | null>(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [uniqueIndex("channels_name").on(t.project, t.name)],
);

/** What channels are told of. */
export const channelRules = sqliteTable(
  "channel_rules",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    channelId: text().notNull(),
    name: text().notNull(),
    events: text({ mode: "json" }).$type<NotificationEvent[]>().notNull(),
    filter: text(),
    times: integer().notNull(),
    digestMs: integer(),
    quiet: text({ mode: "json" }).$type<QuietHours | null>(),
    template: text({ mode: "json" }).$type<MessageTemplate | null>(),
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** What happened before this (epoch milliseconds) is not told. */
    since: integer().notNull(),
    /** Who last said what it tells of, as they were then; null: not known. */
    setBy: text({ mode: "json" }).$type<EmittingCaller | null>(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("channel_rules_name").on(t.channelId, t.name),
    index("channel_rules_project").on(t.project),
  ],
);

/** How far the events of a project were looked at for its rules. */
export const channelCursors = sqliteTable("channel_cursors", {
  project: text().primaryKey(),
  eventId: integer().notNull(),
});

/** What a rule remembers: of a function or workflow its failures in a row, of a runner whether it is away, of what happened that it was seen. */
export const channelMemories = sqliteTable(
  "channel_memories",
  {
    ruleId: text().notNull(),
    /** `streak:nightly`, `runner:web-01`, `seen:exe_…`. */
    about: text().notNull(),
    project: text().notNull(),
    failures: integer().notNull(),
    told: integer({ mode: "boolean" }).notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.ruleId, t.about] }), index("channel_memories_at").on(t.at)],
);

/** One try of a message. */
export interface MessageTryRow {
  at: number;
  status: number | null;
  error: string | null;
  answer: string;
  durationMs: number;
}

/** What is sent and what became of it. */
export const channelMessages = sqliteTable(
  "channel_messages",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    channelId: text().notNull(),
    /** Null: a workflow sends it, or somebody who tries. */
    ruleId: text(),
    executionId: text(),
    /** What makes it one: the same thing is told once. */
    once: text().notNull(),
    /** The rule whose next message it is, to which others are added until it is tried; null: it stays alone. */
    gathers: text(),
    status: text({ enum: messageStatuses }).$type<MessageStatus>().notNull(),
    attempts: integer().notNull(),
    /** While it waits: not before this, epoch milliseconds. */
    nextAt: integer().notNull(),
    createdAt: integer().notNull(),
    /** How many things it tells of; `items` are those of them that are listed. */
    count: integer().notNull(),
    items: text({ mode: "json" }).$type<unknown[]>().notNull(),
    tries: text({ mode: "json" }).$type<MessageTryRow[]>().notNull(),
  },
  (t) => [
    uniqueIndex("channel_messages_once").on(t.channelId, t.once),
    uniqueIndex("channel_messages_gathers").on(t.gathers).where(sql`gathers IS NOT NULL AND attempts = 0`),
    index("channel_messages_newest").on(t.channelId, t.createdAt, t.id),
    index("channel_messages_due").on(t.nextAt).where(sql`status = 'waiting'`),
    index("channel_messages_age").on(t.createdAt),
  ],
);
