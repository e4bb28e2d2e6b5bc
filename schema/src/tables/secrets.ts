import { blob, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Sealed values. Each version of one has a data key of its own, which is wrapped under a master key that is not in the database. Written only by
 * the store of secrets. A deleted one keeps its row without a value, so that no version number is ever given twice.
 */
export const secrets = sqliteTable(
  "secrets",
  {
    project: text().notNull(),
    /** `user`: what people set; the others are the gateway's own. */
    kind: text({
      enum: ["user", "callbacks", "totp", "webhook", "channel", "source", "bundle", "tokens"],
    }).notNull(),
    name: text().notNull(),
    version: integer().notNull(),
    /** The master key that the data key is wrapped under. */
    keyId: text().notNull(),
    /** Null: deleted. */
    wrappedKey: blob({ mode: "buffer" }),
    sealed: blob({ mode: "buffer" }),
    updatedAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.kind, t.name] })],
);
