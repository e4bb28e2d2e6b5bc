import { blob, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Stored content in rows of 1 MiB, on a platform without files or a bucket. Whole when all `parts` are there. */
export const blobParts = sqliteTable(
  "blob_parts",
  {
    sha256: text().notNull(),
    part: integer().notNull(),
    parts: integer().notNull(),
    /** Of the whole content. */
    bytes: integer().notNull(),
    /** When it was last stored, epoch milliseconds. */
    storedAt: integer().notNull(),
    body: blob({ mode: "buffer" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.sha256, t.part] })],
);
