import { liveStatuses } from "@pulse/schema/status";
import { keys, plans, quotaNotices, storedBytes, users } from "@pulse/schema/tables";
import { and, desc, eq, inArray, isNull } from "drizzle-orm";
import type { Database } from "../ports.ts";
import type { Amounts, Standing } from "./quota.ts";

/** How use is put together. */
export type UsageGroup = "day" | "function" | "key";

/** The plan of a project, with who pays for it. */
export type PlanRow = typeof plans.$inferSelect;
/** What was said about a quota. */
export type NoticeRow = typeof quotaNotices.$inferSelect;

const dayMs = 86_400_000;
const groups: Record<UsageGroup, string> = { day: `at - at % ${dayMs}`, function: "name", key: "caller" };
const sums = `coalesce(sum(executions), 0) AS executions, coalesce(sum(run_ms), 0) AS run_ms, coalesce(sum(mb_ms), 0) AS mb_ms,
  coalesce(sum(bytes_in), 0) AS bytes_in, coalesce(sum(bytes_out), 0) AS bytes_out`;
const live = liveStatuses.map((status) => `'${status}'`).join(", ");

type Row = Record<string, unknown>;

function amountsOf(row: Row | undefined): Amounts {
  const number = (name: string) => Number(row?.[name] ?? 0);
  return {
    executions: number("executions"),
    runMs: number("run_ms"),
    mbMs: number("mb_ms"),
    bytesIn: number("bytes_in"),
    bytesOut: number("bytes_out"),
  };
}

/** The SQL of usage as it is read and forgotten, of plans, and of what was said about quotas. `usage` is written by the dispatcher's store. */
export function createUsageStore({ client, orm }: Database) {
  return {
    /** What was used from a time until another (both the start of an hour), by group. */
    async by(
      project: string,
      group: UsageGroup,
      { from, to }: { from: number; to: number },
    ): Promise<(Amounts & { group: string | number })[]> {
      const { rows } = await client.execute({
        sql: `SELECT ${groups[group]} AS grp, ${sums} FROM usage WHERE project = ? AND at >= ? AND at < ? GROUP BY grp ORDER BY grp`,
        args: [project, from, to],
      });
      return rows.map((row) => ({
        group: group === "day" ? Number(row.grp) : String(row.grp),
        ...amountsOf(row),
      }));
    },
    /** The names of keys and people. */
    async namesOf(project: string, ids: readonly string[]): Promise<Map<string, string>> {
      const [byKey, byPerson] = await orm.batch([
        orm
          .select({ id: keys.id, name: keys.name })
          .from(keys)
          .where(and(eq(keys.project, project), inArray(keys.id, [...ids]))),
        orm
          .select({ id: users.id, name: users.username })
          .from(users)
          .where(inArray(users.id, [...ids])),
      ]);
      return new Map([...byKey, ...byPerson].map(({ id, name }) => [id, name]));
    },
    /** What a project had stored when it was last measured, or null. */
    async stored(project: string) {
      const [row] = await orm
        .select()
        .from(storedBytes)
        .where(eq(storedBytes.project, project))
        .orderBy(desc(storedBytes.at))
        .limit(1);
      return row ?? null;
    },
    async plan(project: string): Promise<PlanRow | null> {
      const [row] = await orm.select().from(plans).where(eq(plans.project, project));
      return row ?? null;
    },
    /**
     * Everything that quotas are about, read at one moment, of a project or of one `caller` in it; `leftOut` are ids that whoever asks counts
     * by itself.
     */
    async standing(
      project: string,
      monthAt: number,
      leftOut: readonly string[],
      caller: string | null = null,
    ): Promise<Standing> {
      const [ofCaller, who] = caller === null ? ["", []] : [" AND caller = ?", [caller]];
      const [month, running, counted, stored] = await client.batch(
        [
          {
            sql: `SELECT ${sums} FROM usage WHERE project = ? AND at >= ?${ofCaller}`,
            args: [project, monthAt, ...who],
          },
          {
            sql: `SELECT count(*) AS n FROM executions WHERE project = ? AND status IN (${live}) AND kind <> 'build'
              AND id NOT IN (SELECT value FROM json_each(?))${ofCaller}`,
            args: [project, JSON.stringify(leftOut), ...who],
          },
          { sql: "SELECT count(*) AS n FROM functions WHERE project = ?", args: [project] },
          {
            sql: "SELECT bundles + payloads + logs AS n FROM stored_bytes WHERE project = ? ORDER BY at DESC LIMIT 1",
            args: [project],
          },
        ],
        "read",
      );
      return {
        month: amountsOf(month?.rows[0]),
        live: Number(running?.rows[0]?.n ?? 0),
        functions: Number(counted?.rows[0]?.n ?? 0),
        storageBytes: Number(stored?.rows[0]?.n ?? 0),
      };
    },
    /** Sets the plan that a project has, or takes it away; who pays stays as it is. False: somebody pays for it, so it stays. */
    async setPlan(
      project: string,
      plan: PlanRow["plan"] | null,
      quotas: Record<string, number> | null,
      now: number,
    ): Promise<boolean> {
      if (plan !== null) {
        const set = { plan, quotas, updatedAt: now };
        await orm
          .insert(plans)
          .values({ project, ...set })
          .onConflictDoUpdate({ target: plans.project, set });
        return true;
      }
      await orm.delete(plans).where(and(eq(plans.project, project), isNull(plans.customer)));
      const left = await orm.select({ plan: plans.plan }).from(plans).where(eq(plans.project, project));
      return left.length === 0;
    },
    /** Notes that a part of a quota is used up, and tells those who follow, each once in a period; returns what was news. */
    async note(notices: readonly NoticeRow[]): Promise<number> {
      const results = await client.batch(
        notices.flatMap((one) => [
          {
            sql: `INSERT INTO events (project, topic, subject, at) SELECT ?, 'quotas', ?, ? WHERE NOT EXISTS (
              SELECT 1 FROM quota_notices WHERE project = ? AND period = ? AND quota = ? AND percent = ?)`,
            args: [
              one.project,
              `${one.quota}:${one.percent}`,
              one.at,
              one.project,
              one.period,
              one.quota,
              one.percent,
            ],
          },
          {
            sql: `INSERT INTO quota_notices (project, period, quota, percent, used, most, at) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT DO NOTHING`,
            args: [one.project, one.period, one.quota, one.percent, one.used, one.most, one.at],
          },
        ]),
        "write",
      );
      return results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0) / 2;
    },
    async notices(project: string, period: string): Promise<NoticeRow[]> {
      return await orm
        .select()
        .from(quotaNotices)
        .where(and(eq(quotaNotices.project, project), eq(quotaNotices.period, period)))
        .orderBy(quotaNotices.at, quotaNotices.percent);
    },
    /** Projects with a plan after one, by name. */
    async planned(after: string, limit: number): Promise<string[]> {
      const { rows } = await client.execute({
        sql: "SELECT project FROM plans WHERE project > ? ORDER BY project LIMIT ?",
        args: [after, limit],
      });
      return rows.map((row) => String(row.project));
    },
    /** Deletes what was counted before a time, at most `limit` rows of each kind; returns the most of one kind. */
    async forget(before: number, limit: number): Promise<number> {
      const some = (table: string) => ({
        sql: `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE at < ? LIMIT ?)`,
        args: [before, limit],
      });
      const results = await client.batch([some("usage"), some("stored_bytes")], "write");
      return Math.max(...results.map(({ rowsAffected }) => rowsAffected));
    },
  };
}

export type UsageStore = ReturnType<typeof createUsageStore>;
