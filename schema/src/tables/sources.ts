import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { gitHosts } from "../git-hosts.ts";
import { type SyncStep, syncStatuses } from "../wire/sources.ts";

/** Repositories that projects are made from. The secrets of their pushes are among the sealed values. */
export const sources = sqliteTable(
  "sources",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    host: text({ enum: gitHosts }).notNull(),
    repository: text().notNull(),
    branch: text().notNull(),
    folder: text().notNull(),
    prune: integer({ mode: "boolean" }).notNull(),
    /** The name of a secret of the project. */
    token: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [uniqueIndex("sources_name").on(t.project, t.name)],
);

/** What is or was made of a source. Of each source at most one waits and one runs. */
export const sourceSyncs = sqliteTable(
  "source_syncs",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    sourceId: text().notNull(),
    status: text({ enum: syncStatuses }).notNull(),
    startedBy: text().notNull(),
    commit: text(),
    steps: text({ mode: "json" }).$type<SyncStep[] | null>(),
    problem: text({ mode: "json" }).$type<{ code: string; detail: string } | null>(),
    /** Times in epoch milliseconds. */
    createdAt: integer().notNull(),
    startedAt: integer(),
    endedAt: integer(),
    /** While it waits: not begun before this; while it runs: whoever runs it is gone after this. */
    nextAt: integer().notNull(),
    tries: integer().notNull(),
  },
  (t) => [
    uniqueIndex("source_syncs_waiting").on(t.sourceId).where(sql`status = 'waiting'`),
    uniqueIndex("source_syncs_running").on(t.sourceId).where(sql`status = 'running'`),
    index("source_syncs_newest").on(t.sourceId, t.id),
    index("source_syncs_due").on(t.nextAt).where(sql`status IN ('waiting', 'running')`),
  ],
);
