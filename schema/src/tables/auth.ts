import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const keys = sqliteTable(
  "keys",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    prefix: text().notNull(),
    /** sha256 of the key; the key itself is shown once. */
    digest: text().notNull(),
    scopes: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    revokedAt: integer(),
  },
  (t) => [uniqueIndex("keys_digest").on(t.digest), uniqueIndex("keys_name").on(t.project, t.name)],
);

export const sessions = sqliteTable("sessions", {
  /** sha256 of the cookie's value. */
  digest: text().primaryKey(),
  project: text().notNull(),
  keyId: text().notNull(),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
});

/** What the gateway must remember of itself, such as the signing key of access tokens and whether samples were deployed. */
export const facts = sqliteTable("facts", {
  name: text().primaryKey(),
  value: text().notNull(),
});
