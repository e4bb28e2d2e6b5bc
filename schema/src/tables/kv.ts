import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What functions keep under a key, in their own space or in one that they share. */
export const kvEntries = sqliteTable(
  "kv_entries",
  {
    project: text().notNull(),
    /** `function <id>`, or `shared <name>`. */
    space: text().notNull(),
    key: text().notNull(),
    /** Any JSON value. */
    value: text().notNull(),
    /** Of key and value. */
    bytes: integer().notNull(),
    /** The number of the write that left it, counted in its space: it never comes again, not for a key that was deleted either. */
    version: integer().notNull(),
    /** It is not there any more from then on, epoch milliseconds; null: it stays. */
    expiresAt: integer(),
    updatedAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.space, t.key] }), index("kv_entries_expiry").on(t.expiresAt)],
);

/** What a space holds, written together with its entries. */
export const kvSpaces = sqliteTable(
  "kv_spaces",
  {
    project: text().notNull(),
    space: text().notNull(),
    entries: integer().notNull(),
    bytes: integer().notNull(),
    /** How many writes there were. */
    clock: integer().notNull(),
    /** The last write that was let in: what belongs to it in the same commit finds it here. */
    writer: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.space] })],
);
