import { billingEvents, plans } from "@pulse/schema/tables";
import { eq } from "drizzle-orm";
import type { BillingEvent, Database, Subscription, UsageReport } from "../ports.ts";

/** Use that has a number and goes to the provider, or went there. */
export interface PendingReport {
  project: string;
  metric: string;
  number: number;
  value: number;
  at: number;
  customer: string;
}

/** What a project used in a month and what of that was reported. */
export interface MonthUse {
  metric: UsageReport["metric"];
  used: number;
  reported: number;
  /** Reports so far. */
  count: number;
}

const metrics: Record<UsageReport["metric"], string> = {
  executions: "coalesce(sum(executions), 0)",
  gb_seconds: "CAST(coalesce(sum(mb_ms), 0) / 1024000 AS INTEGER)",
};

/** The SQL of billing: who pays for which project, what the provider told, and what it was told. */
export function createBillingStore({ client, orm }: Database) {
  return {
    async payer(project: string): Promise<{ customer: string | null; subscription: string | null } | null> {
      const [row] = await orm
        .select({ customer: plans.customer, subscription: plans.subscription })
        .from(plans)
        .where(eq(plans.project, project));
      return row ?? null;
    },
    async isKnown(event: string): Promise<boolean> {
      const rows = await orm
        .select({ id: billingEvents.id })
        .from(billingEvents)
        .where(eq(billingEvents.id, event));
      return rows.length > 0;
    },
    /** Notes an event that changes nothing. */
    async ignore(event: BillingEvent, at: number): Promise<void> {
      await orm
        .insert(billingEvents)
        .values({ project: "", id: event.id, type: event.type, at })
        .onConflictDoNothing();
    },
    /**
     * Gives a project what a subscription pays for, as it stood when the provider was asked at `askedAt`, and notes the event, both or none. An
     * older answer changes nothing, nor does the end of a subscription that another one has replaced; a custom plan stays.
     */
    async apply(
      event: BillingEvent,
      project: string,
      { id, customer, status, plan }: Subscription,
      askedAt: number,
    ): Promise<void> {
      await client.batch(
        [
          {
            sql: `INSERT INTO plans (project, plan, customer, subscription, billing, asked_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT DO UPDATE SET plan = CASE plan WHEN 'custom' THEN plan ELSE excluded.plan END, customer = excluded.customer,
                subscription = excluded.subscription, billing = excluded.billing, asked_at = excluded.asked_at, updated_at = excluded.updated_at
              WHERE coalesce(asked_at, 0) <= excluded.asked_at
                AND (subscription IS NULL OR subscription = excluded.subscription OR excluded.plan <> 'free')`,
            args: [project, plan, customer, id, status, askedAt, askedAt],
          },
          {
            sql: "INSERT INTO billing_events (project, id, type, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            args: [project, event.id, event.type, askedAt],
          },
        ],
        "write",
      );
    },
    /** Projects that somebody pays for, after one, by name. */
    async payers(after: string, limit: number): Promise<{ project: string; customer: string }[]> {
      const { rows } = await client.execute({
        sql: "SELECT project, customer FROM plans WHERE project > ? AND customer IS NOT NULL ORDER BY project LIMIT ?",
        args: [after, limit],
      });
      return rows.map((row) => ({ project: String(row.project), customer: String(row.customer) }));
    },
    /** What was used in a month and what was reported of it. */
    async monthUse(project: string, month: { name: string; from: number; to: number }): Promise<MonthUse[]> {
      const names = Object.keys(metrics) as (keyof typeof metrics)[];
      const results = await client.batch(
        names.map((name) => ({
          sql: `SELECT (SELECT ${metrics[name]} FROM usage WHERE project = ? AND at >= ? AND at < ?) AS used,
            coalesce(sum(value), 0) AS reported, count(*) AS n FROM usage_reports WHERE project = ? AND metric = ?`,
          args: [project, month.from, month.to, project, `${name} ${month.name}`],
        })),
        "read",
      );
      return names.map((metric, i) => {
        const row = results[i]?.rows[0];
        return {
          metric,
          used: Number(row?.used ?? 0),
          reported: Number(row?.reported ?? 0),
          count: Number(row?.n ?? 0),
        };
      });
    },
    async hasReports(project: string): Promise<boolean> {
      const sql = "SELECT 1 FROM usage_reports WHERE project = ? LIMIT 1";
      return (await client.execute({ sql, args: [project] })).rows.length > 0;
    },
    /** Adds a report; one that another half has added meanwhile stays. */
    async addReport(row: Omit<PendingReport, "customer">, sentAt: number | null): Promise<void> {
      await client.execute({
        sql: `INSERT INTO usage_reports (project, metric, number, value, at, sent_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        args: [row.project, row.metric, row.number, row.value, row.at, sentAt],
      });
    },
    /** Reports without an answer, oldest first. */
    async unsent(limit: number): Promise<PendingReport[]> {
      const { rows } = await client.execute({
        sql: `SELECT r.project, r.metric, r.number, r.value, r.at, p.customer FROM usage_reports AS r JOIN plans AS p ON p.project = r.project
          WHERE r.sent_at IS NULL AND p.customer IS NOT NULL ORDER BY r.at, r.project, r.metric, r.number LIMIT ?`,
        args: [limit],
      });
      return rows.map((row) => ({
        project: String(row.project),
        metric: String(row.metric),
        number: Number(row.number),
        value: Number(row.value),
        at: Number(row.at),
        customer: String(row.customer),
      }));
    },
    async sent({ project, metric, number }: PendingReport, at: number): Promise<void> {
      await client.execute({
        sql: "UPDATE usage_reports SET sent_at = ? WHERE project = ? AND metric = ? AND number = ?",
        args: [at, project, metric, number],
      });
    },
    /** Forgets events that are older than any that comes again, and reports of months that are over; of each month the first stays. */
    async forget(eventsBefore: number, reportsBefore: number): Promise<void> {
      await client.batch(
        [
          { sql: "DELETE FROM billing_events WHERE at < ?", args: [eventsBefore] },
          { sql: "DELETE FROM usage_reports WHERE sent_at < ? AND number > 0", args: [reportsBefore] },
        ],
        "write",
      );
    },
  };
}
