import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { KeyQuotas } from "../wire/plans.ts";

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
    /** The person whose key it is: it never opens more than this person may. Null: nobody's. */
    ownerId: text(),
    /** Who made it: `user:ana`, `key:ci`; null: the gateway itself. */
    createdBy: text(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    revokedAt: integer(),
    /** Calls a minute; null: as many as keys may. */
    rateLimit: integer(),
    /** What its calls may use, in a month and at once; null: as much as the project. */
    quotas: text({ mode: "json" }).$type<KeyQuotas>(),
    /** When it last opened something, to within ten minutes; null: never. */
    lastUsedAt: integer(),
  },
  (t) => [uniqueIndex("keys_digest").on(t.digest), uniqueIndex("keys_name").on(t.project, t.name)],
);

/** A browser that is signed in, with a key or as a person: one of `keyId` and `userId` is there. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    /** sha256 of the cookie's value. */
    digest: text().notNull(),
    /** The key's project; `*` for a person, who says with each request which project is meant. */
    project: text().notNull(),
    keyId: text(),
    userId: text(),
    userAgent: text(),
    address: text(),
    createdAt: integer().notNull(),
    lastSeenAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("sessions_digest").on(t.digest),
    index("sessions_user").on(t.userId),
    index("sessions_key").on(t.keyId),
  ],
);

/** What the gateway must remember of itself, such as the signing key of access tokens and whether samples were deployed. */
export const facts = sqliteTable("facts", {
  name: text().primaryKey(),
  value: text().notNull(),
});
