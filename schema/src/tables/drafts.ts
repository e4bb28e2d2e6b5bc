import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { DraftFiles, DraftSettings } from "../wire/drafts.ts";
import type { Runtime } from "../wire/manifest.ts";

/** What somebody is writing: one draft for a name, whether the function exists or not. Large columns stand last. */
export const drafts = sqliteTable(
  "drafts",
  {
    project: text().notNull(),
    name: text().notNull(),
    /** Owns the versions that runs of the draft make: no function has this id, so that none of them is listed or called. */
    ownerId: text().notNull(),
    revision: integer().notNull(),
    runtime: text().$type<Runtime>().notNull(),
    entry: text(),
    updatedAt: integer().notNull(),
    settings: text({ mode: "json" }).$type<DraftSettings>().notNull(),
    files: text({ mode: "json" }).$type<DraftFiles>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.name] }), uniqueIndex("drafts_owner").on(t.ownerId)],
);
