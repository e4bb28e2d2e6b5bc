import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What changed, in order, for those who follow: written in the batch of the change, kept a day. A row names what changed and not how;
 * whoever follows reads it as it is now. The newest row is never deleted, so that ids only grow.
 */
export const events = sqliteTable("events", {
  id: integer().primaryKey(),
  project: text().notNull(),
  topic: text({
    enum: [
      ...(["executions", "functions", "runners", "quotas", "workflows", "webhooks", "deliveries"] as const),
      ...(["schedules", "ticks", "channels", "messages", "settings", "audit"] as const),
    ],
  }).notNull(),
  /**
   * Name of the function, runner or workflow, what of the settings, number of the audit's entry, `executions:80` (so much of that quota is used), else the id; behind that of a webhook or schedule
   * that is gone, the name of the workflow that it started.
   */
  subject: text().notNull(),
  at: integer().notNull(),
});

/**
 * How calls ended, counted as they ended: one row for a quarter of an hour, a function and a class of durations (`duration-class.ts`;
 * -1000: the code never ran). Written in the batch that settles the call. After two days the quarters of six hours are put together.
 */
export const rollups = sqliteTable(
  "rollups",
  {
    project: text().notNull(),
    /** Start of the quarter of an hour, or of the six hours, epoch milliseconds. */
    at: integer().notNull(),
    name: text().notNull(),
    durationClass: integer().notNull(),
    ok: integer().notNull(),
    failed: integer().notNull(),
    /** When the last of them ended, epoch milliseconds. */
    lastAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.name, t.at, t.durationClass] }), index("rollups_at").on(t.at)],
);
