import { ProblemError } from "@pulse/schema/problem";
import type { UsageRow, UsageView } from "@pulse/schema/wire/usage";
import type { Ports } from "../ports.ts";
import { projectOf, type Viewer } from "../workflows/seen-by.ts";
import { csvOf } from "./csv.ts";
import type { Amounts } from "./quota.ts";
import { seenGroups } from "./seen-groups.ts";
import { createUsageStore, type UsageGroup } from "./store.ts";

const hourMs = 3_600_000;
/** As long as hours are kept. */
const longestMs = 400 * 24 * hourMs;
const time = (ms: number) => new Date(ms).toISOString();

/** The start of the month (UTC) of a time. */
export function monthOf(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/**
 * What a project used between two times, in whole hours. The total is that of the project; groups that tell of a workflow which whoever looks may not
 * view are left out. Throws `validation_failed`.
 */
export async function readUsage(
  ports: Pick<Ports, "database" | "now">,
  viewer: Viewer,
  asked: { since?: string | undefined; until?: string | undefined; by: UsageGroup },
): Promise<UsageView> {
  const until = asked.until === undefined ? ports.now() : Date.parse(asked.until);
  const since = asked.since === undefined ? monthOf(until) : Date.parse(asked.since);
  const from = Math.floor(since / hourMs) * hourMs;
  const to = Math.floor(until / hourMs) * hourMs + hourMs;
  if (since > until || to - from > longestMs) {
    const detail = `until must lie after since, at most 400 days, got ${time(since)} to ${time(until)}`;
    throw new ProblemError("validation_failed", detail, { errors: [{ pointer: "/query/until", detail }] });
  }
  const store = createUsageStore(ports.database);
  const project = projectOf(viewer);
  const rows = await store.by(project, asked.by, { from, to });
  const seen =
    asked.by === "day"
      ? null
      : await seenGroups(
          ports.database,
          viewer,
          asked.by,
          rows.map(({ group }) => String(group)),
        );
  const told = rows.filter(({ group }) => seen === null || seen.has(String(group)));
  const ids = asked.by === "key" ? told.map(({ group }) => String(group)) : [];
  const [names, stored] = await Promise.all([store.namesOf(project, ids), store.stored(project)]);
  const items = told.map(({ group, ...amounts }): UsageRow => {
    const shown = typeof group === "number" ? time(group).slice(0, 10) : group;
    return { group: shown, name: names.get(shown) ?? null, ...shownAmounts(amounts) };
  });
  return {
    from: time(from),
    to: time(to),
    by: asked.by,
    items,
    total: shownAmounts(totalOf(rows)),
    storage:
      stored === null
        ? null
        : {
            measuredAt: time(stored.at),
            bundleBytes: stored.bundles,
            payloadBytes: stored.payloads,
            logBytes: stored.logs,
          },
  };
}

function totalOf(rows: readonly Amounts[]): Amounts {
  const sum = (of: keyof Amounts) => rows.reduce((total, row) => total + row[of], 0);
  return {
    executions: sum("executions"),
    runMs: sum("runMs"),
    mbMs: sum("mbMs"),
    bytesIn: sum("bytesIn"),
    bytesOut: sum("bytesOut"),
  };
}

/** Seconds of whole milliseconds, and gigabytes (1024 MiB) times seconds. */
export function shownAmounts({ executions, runMs, mbMs, bytesIn, bytesOut }: Amounts) {
  return { executions, runSeconds: runMs / 1000, gbSeconds: mbMs / 1_024_000, bytesIn, bytesOut };
}

/** The same as CSV: one row a group, then the total. */
export function usageCsv({ by, items, total }: UsageView): string {
  const numbers = ({ executions, runSeconds, gbSeconds, bytesIn, bytesOut }: typeof total) => [
    executions,
    runSeconds,
    gbSeconds,
    bytesIn,
    bytesOut,
  ];
  return csvOf([
    [by, "name", "executions", "run_seconds", "gb_seconds", "bytes_in", "bytes_out"],
    ...items.map((item) => [item.group, item.name ?? "", ...numbers(item)]),
    ["total", "", ...numbers(total)],
  ]);
}
