import type { Condition } from "@pulse/schema/filter/read-filter";
import type { ExecutionStatus } from "@pulse/schema/status";
import { executions } from "@pulse/schema/tables";
import { and, desc, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import { projectOf, type Viewer } from "../../workflows/seen-by.ts";
import { type Position, shown } from "../store.ts";
import type { Path } from "./path.ts";
import { asked, within } from "./where.ts";

/** A part of a list: after a position, down to another, which belongs to it. */
export interface Stretch {
  after: Position | null;
  downTo?: Position | null;
}

/** What is looked for: the way there, and the time it began at (milliseconds) for what is so long ago. */
export interface Search {
  path: Path;
  conditions: readonly Condition[];
  nowMs: number;
}

/** No id is before it: the place before all executions of a millisecond. */
const leastId = "exe_0";

/** The SQL that finds executions. Each statement says which index it goes by: left alone, SQLite walks through all of a project for what is rare. */
export function createFindStore({ orm }: Database) {
  const sources = (
    viewer: Viewer,
    { path, conditions, nowMs }: Search,
    places: (SQL | undefined)[],
  ): SQL[] => {
    const where = (value: SQL | undefined) =>
      and(value, ...within(viewer), ...asked(conditions, projectOf(viewer), nowMs), ...places);
    const from = (value: SQL | undefined) => sql`FROM executions ${usedIndex(path)} WHERE ${where(value)}`;
    const column = indexed[path.index];
    if (column === null) return [from(undefined)];
    // One id or parent has few rows; all are read at once.
    if (path.index === "executions_id" || path.index === "executions_parent")
      return [from(sql`${column} IN ${path.values}`)];
    return path.values.map((value) => from(sql`${column} = ${value}`));
  };
  return {
    /** Executions that somebody sees, newest first. */
    async list(viewer: Viewer, search: Search, { after, downTo = null }: Stretch, limit: number) {
      const places = [afterPosition(after), downToPosition(downTo)];
      const each = sources(viewer, search, places).map(
        (from) => sql`SELECT * FROM (SELECT ${executions.id} ${from} ORDER BY ${newestFirst} LIMIT ${limit})`,
      );
      return await orm
        .select(shown)
        .from(executions)
        .where(inArray(executions.id, sql`(${sql.join(each, sql` UNION ALL `)})`))
        .orderBy(desc(executions.createdAt), desc(executions.id))
        .limit(limit);
    },
    /** How far down one gets by looking at about `count` rows of the path, whether they fit or not; null: to its end. */
    async down(
      viewer: Viewer,
      search: Search,
      after: Position | null,
      count: number,
    ): Promise<Position | null> {
      const { path } = search;
      // What the index does not answer is not asked here. Ids within a millisecond are in one index only.
      const conditions = search.conditions.filter((one) => !path.rest.includes(one));
      const isExact = path.index === "executions_list";
      const all = sources(viewer, { ...search, conditions }, [afterPosition(after)]);
      const skipped = Math.max(1, Math.floor(count / all.length)) - 1;
      const each = all.map((from) =>
        isExact
          ? sql`SELECT * FROM (SELECT ${executions.createdAt} AS at, ${executions.id} AS id ${from} ORDER BY ${newestFirst} LIMIT 1 OFFSET ${skipped})`
          : sql`SELECT * FROM (SELECT ${executions.createdAt} AS at, ${leastId} AS id ${from} ORDER BY ${executions.createdAt} DESC LIMIT 1 OFFSET ${skipped})`,
      );
      const rows = await orm.all<{ at: number; id: string }>(
        sql`SELECT at, id FROM (${sql.join(each, sql` UNION ALL `)}) ORDER BY at DESC, id DESC LIMIT 1`,
      );
      const [row] = rows;
      return row === undefined ? null : { createdAt: Number(row.at), id: String(row.id) };
    },
    /** When the newest were made and how long they waited and ran, milliseconds. */
    async timings(viewer: Viewer, search: Search, { after, downTo = null }: Stretch, limit: number) {
      const places = [afterPosition(after), downToPosition(downTo)];
      const of = (field: string) => sql`json_extract(${executions.timing}, ${`$.${field}`})`;
      const each = sources(viewer, search, places).map(
        (from) =>
          sql`SELECT * FROM (SELECT ${executions.createdAt} AS at, ${of("runMs")} AS runMs, ${of("queueMs")} AS queueMs, ${of("start")} AS start ${from} ORDER BY ${executions.createdAt} DESC LIMIT ${limit})`,
      );
      const rows = await orm.all<{
        at: number;
        runMs: number | null;
        queueMs: number | null;
        start: string | null;
      }>(sql`SELECT * FROM (${sql.join(each, sql` UNION ALL `)}) ORDER BY at DESC LIMIT ${limit}`);
      return rows.map(({ at, runMs, queueMs, start }) => ({ at, runMs, queueMs, start }));
    },
    /** How many were made in each step, by state; `from` belongs to it, `to` does not (milliseconds). */
    async counts(
      viewer: Viewer,
      search: Search,
      span: { from: number; to: number; origin: number; stepMs: number },
    ) {
      const at = executions.createdAt;
      const places = [sql`${at} >= ${span.from}`, sql`${at} < ${span.to}`];
      const each = sources(viewer, search, places).map(
        (from) =>
          sql`SELECT ${executions.status} AS status, CAST((${at} - ${span.origin}) / ${span.stepMs} AS INTEGER) AS step, count(*) AS n ${from} GROUP BY 1, 2`,
      );
      const rows = await orm.all<{ status: ExecutionStatus; step: number; n: number }>(
        sql.join(each, sql` UNION ALL `),
      );
      return rows.map(({ status, step, n }) => ({ status, step: Number(step), n: Number(n) }));
    },
  };
}

const indexed = {
  executions_list: null,
  executions_id: executions.id,
  executions_parent: executions.parentId,
  executions_name: executions.name,
  executions_status: executions.status,
} as const;

function usedIndex({ index }: Path): SQL {
  // SQLite's own name for the index of the primary key.
  return sql`INDEXED BY ${sql.identifier(index === "executions_id" ? "sqlite_autoindex_executions_1" : index)}`;
}

const newestFirst = sql`${executions.createdAt} DESC, ${executions.id} DESC`;

function afterPosition(after: Position | null): SQL | undefined {
  if (after === null) return undefined;
  return sql`(${executions.createdAt}, ${executions.id}) < (${after.createdAt}, ${after.id})`;
}

function downToPosition(downTo: Position | null): SQL | undefined {
  if (downTo === null) return undefined;
  return sql`(${executions.createdAt}, ${executions.id}) >= (${downTo.createdAt}, ${downTo.id})`;
}
