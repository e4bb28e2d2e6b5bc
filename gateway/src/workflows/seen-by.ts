import { type Role, roles } from "@pulse/schema/roles";
import { executions } from "@pulse/schema/tables";
import { type AnyColumn, type SQL, sql } from "drizzle-orm";
import { isAdmin, type WorkflowAsker } from "./permissions.ts";

/** Whoever looks at what is in a project: somebody, or (the project alone) the gateway itself, which sees everything of it. */
export type Viewer = string | (WorkflowAsker & { project: string });

/** The project that is looked at. */
export function projectOf(viewer: Viewer): string {
  return typeof viewer === "string" ? viewer : viewer.project;
}

/**
 * The workflows that somebody may not view, as a query: those that are there by what they say now, and those that were deleted by what they said
 * last; `replaced`: there is another one of the name. Undefined: nothing is hidden from them.
 */
function hiddenFrom(viewer: Viewer): SQL | undefined {
  if (typeof viewer === "string" || isAdmin(viewer)) return undefined;
  const words = JSON.stringify(wordsOf(viewer));
  const hides = sql`w.project = ${viewer.project} AND w.permissions ->> '$.view' IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM json_each(w.permissions, '$.view') AS v WHERE v.value IN (SELECT value FROM json_each(${words})))`;
  return sql`SELECT w.id, w.name, 0 AS replaced FROM workflows AS w WHERE ${hides}
    UNION ALL SELECT w.id, w.name, EXISTS (SELECT 1 FROM workflows AS n WHERE n.project = w.project AND n.name = w.name)
    FROM deleted_workflows AS w WHERE ${hides}`;
}

/**
 * That an execution is nothing of a workflow that somebody may not view: no run of it, of whatever revision, and nothing that a run of it started,
 * at whatever depth. Where no workflow is hidden from them, that is found once a statement, and no execution is looked at for it.
 */
export function seenBy(viewer: Viewer): SQL | undefined {
  const hidden = hiddenFrom(viewer);
  if (hidden === undefined) return undefined;
  return sql`(NOT EXISTS (${hidden}) OR NOT EXISTS (
    WITH RECURSIVE above(id, parent_id) AS (
      SELECT ${executions.id}, ${executions.parentId}
      UNION ALL
      SELECT p.id, p.parent_id FROM above JOIN executions AS p ON p.id = above.parent_id)
    SELECT 1 FROM above JOIN workflow_runs AS r ON r.execution_id = above.id
    WHERE r.workflow_id IN (SELECT h.id FROM (${hidden}) AS h)))`;
}

/**
 * That somebody sees each execution of a query whose one column is `id`. While something is hidden from them, an execution that is no longer kept
 * is not seen: what it was of is not known any more.
 */
export function allSeenBy(viewer: Viewer, ids: SQL): SQL | undefined {
  const hidden = hiddenFrom(viewer);
  if (hidden === undefined) return undefined;
  return sql`(NOT EXISTS (${hidden}) OR NOT EXISTS (
    SELECT 1 FROM (${ids}) AS told WHERE told.id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM executions WHERE ${executions.id} = told.id AND ${seenBy(viewer)})))`;
}

/** That a name, as a query has it, is not that of a workflow which somebody may not view. */
export function nameSeenBy(viewer: Viewer, name: SQL): SQL | undefined {
  const hidden = hiddenFrom(viewer);
  return hidden && sql`NOT EXISTS (SELECT 1 FROM (${hidden}) AS h WHERE h.name = ${name} AND NOT h.replaced)`;
}

/** That what a schedule or a webhook starts, its `target`, is no workflow that somebody may not view. */
export function targetSeenBy(viewer: Viewer, target: SQL | AnyColumn): SQL | undefined {
  const reference = sql`coalesce(${target} ->> '$.workflow', '')`;
  // `name`, or `name@revision`.
  return nameSeenBy(viewer, sql`substr(${reference}, 1, instr(${reference} || '@', '@') - 1)`);
}

/** Whether nothing in the project is hidden from somebody, as a value. */
export function seesAll(viewer: Viewer): SQL {
  const hidden = hiddenFrom(viewer);
  return hidden === undefined ? sql`1` : sql`NOT EXISTS (${hidden})`;
}

const prefixed = /^(user|key|role|group):/;

/** All entries of a list that name somebody: what `isAmong` finds one by one. */
export function wordsOf({ kind, name, roles: has, groups = [] }: WorkflowAsker): string[] {
  if (kind === "key" || kind === "session") return [`key:${name}`];
  if (kind !== "user") return [];
  const named = has.flatMap(weakerNames);
  const bare = [...groups, ...named].filter((word) => !prefixed.test(word));
  return [
    ...[`user:${name}`, ...groups.map((group) => `group:${group}`)],
    ...[...named.map((word) => `group:${word}`), ...named.map((word) => `role:${word}`), ...bare],
  ];
}

/** A role and all that are weaker, by each of their names. */
function weakerNames(role: Role): string[] {
  return roles
    .slice(0, roles.indexOf(role) + 1)
    .flatMap((one) => (one === "operator" ? [one, "employee"] : [one]));
}
