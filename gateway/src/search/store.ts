import type { ExecutionStatus } from "@pulse/schema/status";
import { executions, type WorkflowPermissions, workflows } from "@pulse/schema/tables";
import type { FoundKind } from "@pulse/schema/wire/search";
import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { projectOf, seenBy, type Viewer } from "../workflows/seen-by.ts";

/** Kinds that are found in a table of names, and what else must be so of a row. */
const named = {
  function: { table: "functions", and: "" },
  runner: { table: "runners", and: "AND revoked_at IS NULL" },
  webhook: { table: "webhooks", and: "" },
  schedule: { table: "schedules", and: "" },
  channel: { table: "channels", and: "" },
} as const satisfies Partial<Record<FoundKind, { table: string; and: string }>>;

export type NamedKind = keyof typeof named;
export const namedKinds = Object.keys(named) as NamedKind[];

/** A name that begins with the text comes before one that only contains it. */
const byPlace = (text: string): SQL => sql`instr(lower(name), ${text}) > 1, name`;

/** The SQL of finding; it only reads. `text` is in lower case. */
export function createSearchStore({ orm, client }: Database) {
  return {
    /** Things of a kind whose name contains the text or whose id it is. */
    async named(kind: NamedKind, project: string, text: string, limit: number) {
      const { table, and: also } = named[kind];
      const { rows } = await client.execute({
        sql: `SELECT id, name FROM ${table} WHERE project = ?1 ${also} AND (instr(lower(name), ?2) > 0 OR id = ?2)
          ORDER BY instr(lower(name), ?2) > 1, name LIMIT ?3`,
        args: [project, text, limit],
      });
      return rows.map((row) => ({ id: String(row.id), name: String(row.name) }));
    },
    /** Workflows, with who may view them. */
    async workflows(
      project: string,
      text: string,
      limit: number,
    ): Promise<{ id: string; name: string; permissions: WorkflowPermissions | null }[]> {
      const { id, name, permissions } = workflows;
      return await orm
        .select({ id, name, permissions })
        .from(workflows)
        .where(
          and(eq(workflows.project, project), sql`(instr(lower(${name}), ${text}) > 0 OR ${id} = ${text})`),
        )
        .orderBy(byPlace(text))
        .limit(limit);
    },
    /** Executions that somebody sees whose id begins with the text, or of what has that name, newest first. */
    async executions(
      viewer: Viewer,
      text: string,
      limit: number,
    ): Promise<{ id: string; name: string; status: ExecutionStatus; createdAt: number }[]> {
      const { id, name, status, createdAt } = executions;
      const isId = text.startsWith("exe_");
      return await orm
        .select({ id, name, status, createdAt })
        .from(executions)
        .where(
          and(
            eq(executions.project, projectOf(viewer)),
            // "~" comes after every character of an id.
            isId ? and(gte(id, text), lt(id, `${text}~`)) : eq(name, text),
            seenBy(viewer),
          ),
        )
        .orderBy(desc(isId ? id : createdAt))
        .limit(limit);
    },
  };
}
