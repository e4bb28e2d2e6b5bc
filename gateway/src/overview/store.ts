import type { FirstStep } from "@pulse/schema/overview";
import type { ExecutionStatus } from "@pulse/schema/status";
import { executions } from "@pulse/schema/tables";
import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { projectOf, seenBy, type Viewer } from "../workflows/seen-by.ts";

/** The time that is looked at, epoch milliseconds; `to` does not belong to it. */
export interface Span {
  from: number;
  to: number;
  stepMs: number;
}

/** The SQL of the overview; it only reads. */
export function createOverviewStore({ orm, client }: Database) {
  /** The newest executions of a status that somebody sees, found in the index of states. */
  const newest = (viewer: Viewer, status: ExecutionStatus, span: Span | null, most: number) =>
    orm
      .select({ at: executions.createdAt })
      .from(executions)
      .where(
        and(
          eq(executions.project, projectOf(viewer)),
          eq(executions.status, status),
          span === null ? undefined : gte(executions.createdAt, span.from),
          span === null ? undefined : lt(executions.createdAt, span.to),
          seenBy(viewer),
        ),
      )
      .orderBy(desc(executions.createdAt))
      .limit(most)
      .as("newest");

  return {
    /** How many executions of a status were made in each step, at most so many in all. */
    async steps(viewer: Viewer, status: ExecutionStatus, span: Span, most: number) {
      const some = newest(viewer, status, span, most);
      const step = sql<number>`CAST((${some.at} - ${span.from}) / ${span.stepMs} AS INTEGER)`.as("step");
      return await orm.select({ step, count: sql<number>`count(*)` }).from(some).groupBy(sql`step`);
    },
    /** How many executions have a status, counted up to so many. */
    async count(viewer: Viewer, status: ExecutionStatus, most: number): Promise<number> {
      const [row] = await orm
        .select({ count: sql<number>`count(*)` })
        .from(newest(viewer, status, null, most));
      return row?.count ?? 0;
    },
    /** Which of the first steps were done in a project. */
    async firstSteps(project: string): Promise<Record<FirstStep, boolean>> {
      const { rows } = await client.execute({
        sql: `SELECT
          EXISTS (SELECT 1 FROM runners WHERE project = ?1 AND revoked_at IS NULL AND last_seen_at IS NOT NULL) AS runner,
          EXISTS (SELECT 1 FROM functions WHERE project = ?1 AND latest > 0) AS function,
          EXISTS (SELECT 1 FROM usage WHERE project = ?1) AS call,
          EXISTS (SELECT 1 FROM webhooks WHERE project = ?1) OR EXISTS (SELECT 1 FROM schedules WHERE project = ?1) AS "trigger"`,
        args: [project],
      });
      const isDone = (step: FirstStep) => Number(rows[0]?.[step] ?? 0) === 1;
      return {
        runner: isDone("runner"),
        function: isDone("function"),
        call: isDone("call"),
        trigger: isDone("trigger"),
      };
    },
  };
}
