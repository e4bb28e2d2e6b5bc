import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { RunnerFacts } from "../wire/runner-protocol.ts";

export const runners = sqliteTable(
  "runners",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    pool: text().notNull(),
    labels: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    ephemeral: integer({ mode: "boolean" }).notNull(),
    /** RFC 7638 thumbprint of the signing key. */
    thumbprint: text().notNull(),
    signingKey: text({ mode: "json" }).$type<JsonWebKey>().notNull(),
    sealingKey: text({ mode: "json" }).$type<JsonWebKey>().notNull(),
    /** The signing key before the last rotation, good until `previousUntil`. */
    previousKey: text({ mode: "json" }).$type<JsonWebKey>(),
    previousUntil: integer(),
    epoch: integer().notNull().default(0),
    instanceId: text(),
    bootId: text(),
    version: text(),
    capabilities: text({ mode: "json" }).$type<string[]>().notNull(),
    facts: text({ mode: "json" }).$type<RunnerFacts>(),
    metrics: text({ mode: "json" }).$type<Record<string, number>>(),
    slots: integer().notNull().default(0),
    preparing: text(),
    state: text({ enum: ["active", "draining", "maintenance"] })
      .notNull()
      .default("active"),
    lastSeenAt: integer(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (t) => [uniqueIndex("runners_name").on(t.project, t.name), index("runners_pool").on(t.project, t.pool)],
);

export const enrolmentTokens = sqliteTable("enrolment_tokens", {
  digest: text().primaryKey(),
  project: text().notNull(),
  pool: text().notNull(),
  labels: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
  ephemeral: integer({ mode: "boolean" }).notNull(),
  usesLeft: integer().notNull(),
  expiresAt: integer().notNull(),
  createdAt: integer().notNull(),
});

/** Assertions seen, so that none is used twice. */
export const usedAssertions = sqliteTable(
  "used_assertions",
  {
    project: text().notNull(),
    runnerId: text().notNull(),
    jti: text().notNull(),
    expiresAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.runnerId, t.jti] }), index("used_assertions_expiry").on(t.expiresAt)],
);
