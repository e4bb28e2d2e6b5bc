import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** How long a project keeps what it did; a project without a row keeps it as long as the defaults say. */
export const retention = sqliteTable("retention", {
  project: text().primaryKey(),
  executionsMs: integer().notNull(),
  logsMs: integer().notNull(),
  payloadsMs: integer().notNull(),
  eventsMs: integer().notNull(),
  /** Newest versions of each function that stay; null: all. */
  versions: integer(),
  updatedAt: integer().notNull(),
});
