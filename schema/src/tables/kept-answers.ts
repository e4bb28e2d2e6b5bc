import { blob, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What was answered to requests that made something, by their `Idempotency-Key`; sealed, as it may show a secret. Written only by `createOnce`. */
export const keptAnswers = sqliteTable(
  "kept_answers",
  {
    project: text().notNull(),
    /** The call and the credential. */
    scope: text().notNull(),
    key: text().notNull(),
    /** Digest of the request. */
    fingerprint: text().notNull(),
    /** Whoever took the key is at it until then, epoch milliseconds. */
    claimedUntil: integer().notNull(),
    /** Null: not answered yet. */
    status: integer(),
    /** The master key that the answer is sealed under, and the answer; null: it is not kept. */
    keyId: text(),
    wrappedKey: blob({ mode: "buffer" }),
    sealed: blob({ mode: "buffer" }),
    expiresAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.scope, t.key] }), index("kept_answers_expiry").on(t.expiresAt)],
);
