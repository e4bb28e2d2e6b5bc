import type { Billing, Ports, UsageReport } from "../ports.ts";
import { createBillingStore, type PendingReport } from "./store.ts";

const projectsAtOnce = 100;
const reportsAtOnce = 200;
const eventsKeptMs = 40 * 86_400_000;
/** Longer than the present month and the one before. */
const reportsKeptMs = 100 * 86_400_000;

interface Month {
  /** `2026-11`. */
  name: string;
  from: number;
  to: number;
}

/**
 * Reports to the provider what was used since the report before, for every project that somebody pays for. Each report is on disk before it is
 * sent, with a name of its own, and is sent again as it is until there is an answer: nothing is lost and nothing counts twice. What was used before
 * there was a subscription is not reported.
 */
export async function reportUsage(
  ports: Pick<Ports, "database" | "now">,
  billing: Billing,
  signal: AbortSignal,
): Promise<void> {
  const store = createBillingStore(ports.database);
  const now = ports.now();
  await store.forget(now - eventsKeptMs, now - reportsKeptMs);
  for (let after = ""; ; ) {
    const payers = await store.payers(after, projectsAtOnce);
    for (const { project } of payers) await addReports(store, project, now);
    const last = payers.at(-1);
    if (last === undefined) break;
    after = last.project;
  }
  for (;;) {
    const reports = await store.unsent(reportsAtOnce);
    for (const report of reports) {
      signal.throwIfAborted();
      await billing.report(await namedReport(report), signal);
      await store.sent(report, ports.now());
    }
    if (reports.length < reportsAtOnce) return;
  }
}

async function addReports(
  store: ReturnType<typeof createBillingStore>,
  project: string,
  now: number,
): Promise<void> {
  const isFirst = !(await store.hasReports(project));
  // What ended in the last moments of a month may be counted in the next one's first.
  for (const month of [monthBefore(now), monthAt(now)]) {
    for (const { metric, used, reported, count } of await store.monthUse(project, month)) {
      const value = used - reported;
      if (value <= 0 && !isFirst) continue;
      const row = {
        project,
        metric: `${metric} ${month.name}`,
        number: count,
        value,
        at: Math.min(now, month.to - 1),
      };
      await store.addReport(row, isFirst ? now : null);
    }
  }
}

/** The name of a report is the same whoever makes it, and no other report's. */
async function namedReport(report: PendingReport): Promise<UsageReport> {
  const { project, metric, number, customer, value, at } = report;
  const text = new TextEncoder().encode(`${customer} ${project} ${metric} ${number}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
  const kind = metric.startsWith("executions") ? "executions" : "gb_seconds";
  return { identifier: `pulse_${digest}`, customer, metric: kind, value, at };
}

function monthAt(ms: number): Month {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return {
    name: date.toISOString().slice(0, 7),
    from: Date.UTC(year, month, 1),
    to: Date.UTC(year, month + 1, 1),
  };
}

function monthBefore(now: number): Month {
  return monthAt(monthAt(now).from - 1);
}
