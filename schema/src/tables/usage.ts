import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What executions used, by the hour in which they ended, the function and who called it. Written in the batch that ends them, by the dispatcher's
 * store; builds are left out.
 */
export const usage = sqliteTable(
  "usage",
  {
    project: text().notNull(),
    /** Start of the hour, epoch milliseconds. */
    at: integer().notNull(),
    name: text().notNull(),
    /** `executions.caller`; empty: nobody's. */
    caller: text().notNull(),
    executions: integer().notNull(),
    /** Of all attempts. */
    runMs: integer().notNull(),
    /** Milliseconds times MiB of the sandbox. */
    mbMs: integer().notNull(),
    bytesIn: integer().notNull(),
    bytesOut: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.at, t.name, t.caller] }), index("usage_at").on(t.at)],
);

/** What a project has stored, as it was measured at a time. */
export const storedBytes = sqliteTable(
  "stored_bytes",
  {
    project: text().notNull(),
    /** When it was measured whole, epoch milliseconds. */
    at: integer().notNull(),
    /** Code and built dependencies. */
    bundles: integer().notNull(),
    /** Executions with the bodies of their requests and responses. */
    payloads: integer().notNull(),
    logs: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.at] }), index("stored_bytes_at").on(t.at)],
);

/** The plan of a project; a project without a row has none, hence no quotas. */
export const plans = sqliteTable("plans", {
  project: text().primaryKey(),
  plan: text({ enum: ["free", "pro", "custom"] }).notNull(),
  /** Of a custom plan. */
  quotas: text({ mode: "json" }).$type<Record<string, number>>(),
  /** Who is billed for it, and by which subscription; null: nobody. */
  customer: text(),
  subscription: text(),
  /** How the subscription stands, in the words of the provider. */
  billing: text(),
  /** When the provider was asked how it stands, epoch milliseconds: an older answer changes nothing. */
  askedAt: integer(),
  updatedAt: integer().notNull(),
});

/** That a part of a quota was used up, said once in a period. */
export const quotaNotices = sqliteTable(
  "quota_notices",
  {
    project: text().notNull(),
    /** The month, `2026-11`. */
    period: text().notNull(),
    quota: text().notNull(),
    percent: integer().notNull(),
    used: integer().notNull(),
    most: integer().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.period, t.quota, t.percent] })],
);

/** What the provider of the billing told, so that the same is not taken twice; kept 40 days. */
export const billingEvents = sqliteTable(
  "billing_events",
  {
    project: text().notNull(),
    id: text().primaryKey(),
    type: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [index("billing_events_at").on(t.at)],
);

/** Use that was or will be reported to the provider of the billing, in order; what was not answered is sent again as it is. */
export const usageReports = sqliteTable(
  "usage_reports",
  {
    project: text().notNull(),
    metric: text().notNull(),
    number: integer().notNull(),
    /** What was used since the report before. */
    value: integer().notNull(),
    at: integer().notNull(),
    sentAt: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.project, t.metric, t.number] }),
    index("usage_reports_unsent").on(t.sentAt, t.at),
  ],
);
