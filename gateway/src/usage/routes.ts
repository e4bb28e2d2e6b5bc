import { ProblemError } from "@pulse/schema/problem";
import * as wirePlans from "@pulse/schema/wire/plans";
import * as wire from "@pulse/schema/wire/usage";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { periodOf } from "./notices.ts";
import { isMonthly, quotasOf } from "./quota.ts";
import { nextMonth, quotaBookOf } from "./quota-book.ts";
import { readUsage, usageCsv } from "./read.ts";
import { createUsageStore, type NoticeRow } from "./store.ts";

/** Mounts what a project used, and its plan. */
export function mountUsage(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createUsageStore(ports.database);
  const book = quotaBookOf(deps);

  bind(app, deps, wire.getUsage, async ({ principal, query, header }) => {
    const view = await readUsage(ports, principal, query);
    const wanted = query.format ?? (/\btext\/csv\b/i.test(header("accept") ?? "") ? "csv" : "json");
    const headers = { vary: "accept", "cache-control": "no-store" };
    if (wanted === "json") return { headers, body: view };
    const type = "text/csv; charset=utf-8; header=present";
    const name = `attachment; filename="usage-${view.from.slice(0, 10)}.csv"`;
    return new Response(usageCsv(view), {
      headers: { ...headers, "content-type": type, "content-disposition": name },
    });
  });

  bind(app, deps, wirePlans.getPlan, async ({ principal }) => ({
    body: await planViewOf(deps, principal.project),
  }));

  bind(app, deps, wirePlans.setPlan, async ({ principal, body }) => {
    const { project } = principal;
    if (!(await store.setPlan(project, body.plan, definedOf(body.quotas), ports.now()))) {
      throw new ProblemError("conflict", "somebody pays for this project's plan: end the subscription first");
    }
    book.forget(project);
    return { body: await planViewOf(deps, project) };
  });
}

/** What was said about quotas in this month, by the subject of the event that told it. */
export async function noticesBySubject(
  { ports }: Deps,
  project: string,
  subjects: readonly string[],
): Promise<Map<string, wirePlans.QuotaNotice>> {
  const rows = await createUsageStore(ports.database).notices(project, periodOf(ports.now()));
  const said = rows.flatMap((row) => noticeOf(row) ?? []);
  const bySubject = new Map(said.map((one) => [`${one.quota}:${one.percent}`, one]));
  return new Map([...bySubject].filter(([subject]) => subjects.includes(subject)));
}

/** A notice as it is shown; null: of a quota that this version does not know. */
function noticeOf({ quota, percent, used, most, at }: NoticeRow): wirePlans.QuotaNotice | null {
  const name = wirePlans.quotaNames.find((one) => one === quota);
  return name === undefined ? null : { quota: name, percent, used, most, at: new Date(at).toISOString() };
}

function definedOf(quotas: wirePlans.Quotas | undefined): Record<string, number> | null {
  if (quotas === undefined) return null;
  return Object.fromEntries(
    Object.entries(quotas).flatMap(([name, most]) => (most === undefined ? [] : [[name, most]])),
  );
}

async function planViewOf(deps: Deps, project: string): Promise<wirePlans.PlanView> {
  const now = deps.ports.now();
  const { plan, states } = await quotaBookOf(deps).states(project);
  const known = quotasOf(plan);
  const notices = await createUsageStore(deps.ports.database).notices(project, periodOf(now));
  const resetAt = new Date(nextMonth(now)).toISOString();
  return {
    project,
    plan: plan?.plan ?? null,
    quotas: states.map((one) => ({ ...one, resetAt: isMonthly(one.quota) ? resetAt : null })),
    // Notices of a plan that the project no longer has are left out.
    notices: notices.flatMap((row) => noticeOf(row) ?? []).filter(({ quota }) => quota in known),
    billing: plan?.billing ?? null,
  };
}
