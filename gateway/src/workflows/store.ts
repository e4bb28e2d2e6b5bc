import {
  type DisabledNote,
  deletedWorkflows,
  type WorkflowPermissions,
  workflowAliases,
  workflowRevisions,
  workflows,
} from "@pulse/schema/tables";
import { and, asc, desc, eq, gt, inArray, like, lt, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";

/** A workflow's row. */
export type WorkflowRow = typeof workflows.$inferSelect;
/** A revision's row. */
export type RevisionRow = typeof workflowRevisions.$inferSelect;
/** What is written with a workflow, or not at all. */
export type WrittenWith = readonly BatchItem<"sqlite">[];

const isTaken = (error: unknown) => /UNIQUE constraint|PRIMARY KEY/i.test(String(error));

/** The SQL of definitions: their only writer. */
export function createWorkflowStore({ orm }: Database) {
  const told = (id: string, at: number) =>
    telling({ orm }, "workflows", workflows, eq(workflows.id, id), at, workflows.name);
  return {
    async byName(project: string, name: string): Promise<WorkflowRow | null> {
      const [row] = await orm
        .select()
        .from(workflows)
        .where(and(eq(workflows.project, project), eq(workflows.name, name)));
      return row ?? null;
    },
    /** The workflows of these names. */
    async named(project: string, names: readonly string[]): Promise<WorkflowRow[]> {
      return await orm
        .select()
        .from(workflows)
        .where(and(eq(workflows.project, project), inArray(workflows.name, [...names])));
    },
    /** Workflows of a project by name, after a name. */
    async list(
      project: string,
      { q, tag, after }: { q?: string | undefined; tag?: string | undefined; after: string | null },
      limit: number,
    ): Promise<WorkflowRow[]> {
      const pattern = q === undefined ? undefined : `%${q.replace(/[\\%_]/g, (char) => `\\${char}`)}%`;
      return await orm
        .select()
        .from(workflows)
        .where(
          and(
            eq(workflows.project, project),
            after === null ? undefined : gt(workflows.name, after),
            pattern === undefined ? undefined : sql`${like(workflows.name, pattern)} ESCAPE '\\'`,
            tag === undefined
              ? undefined
              : sql`EXISTS (SELECT 1 FROM json_each(${workflows.tags}) WHERE value = ${tag})`,
          ),
        )
        .orderBy(asc(workflows.name))
        .limit(limit);
    },
    /** One revision of a workflow that is there, or was; null: there is none. */
    async revision(workflowId: string, revision: number): Promise<RevisionRow | null> {
      const [row] = await orm
        .select()
        .from(workflowRevisions)
        .where(and(eq(workflowRevisions.workflowId, workflowId), eq(workflowRevisions.revision, revision)));
      return row ?? null;
    },
    /** Revisions of a workflow, newest first, below a number. */
    async revisions(workflowId: string, before: number | null, limit: number) {
      const { revision, hash, createdAt, createdBy } = workflowRevisions;
      return await orm
        .select({ revision, hash, createdAt, createdBy })
        .from(workflowRevisions)
        .where(
          and(
            eq(workflowRevisions.workflowId, workflowId),
            before === null ? undefined : lt(workflowRevisions.revision, before),
          ),
        )
        .orderBy(desc(workflowRevisions.revision))
        .limit(limit);
    },
    /** Adds a workflow with its first revision; false when somebody else took the name. */
    async add(workflow: WorkflowRow, revision: RevisionRow, also: WrittenWith = []): Promise<boolean> {
      try {
        await orm.batch([
          orm.insert(workflows).values(workflow),
          orm.insert(workflowRevisions).values(revision),
          told(workflow.id, workflow.updatedAt),
          ...also,
        ]);
        return true;
      } catch (error) {
        if (isTaken(causeOf(error))) return false;
        throw error;
      }
    },
    /** Adds the next revision; false when somebody else did. */
    async revise(workflow: WorkflowRow, revision: RevisionRow, also: WrittenWith = []): Promise<boolean> {
      const { description, tags, steps, hash, updatedAt, permissions, triggers } = workflow;
      try {
        // The number of a revision is its key, so that of two who save at once one fails whole.
        await orm.batch([
          orm.insert(workflowRevisions).values(revision),
          orm
            .update(workflows)
            .set({
              ...{ description, tags, steps, hash, updatedAt, permissions, triggers },
              revision: revision.revision,
            })
            .where(eq(workflows.id, workflow.id)),
          told(workflow.id, updatedAt),
          ...also,
        ]);
        return true;
      } catch (error) {
        if (isTaken(causeOf(error))) return false;
        throw error;
      }
    },
    /** Enables a workflow (null), or disables it; the row as it is then, null when there is none. */
    async setDisabled(id: string, disabled: DisabledNote | null, now: number): Promise<WorkflowRow | null> {
      const [[row]] = await orm.batch([
        orm
          .update(workflows)
          .set({ enabled: disabled === null, disabled })
          .where(eq(workflows.id, id))
          .returning(),
        told(id, now),
      ]);
      return row ?? null;
    },
    /**
     * Deletes a workflow with its aliases; its revisions stay for the executions that are pinned to them, and who may view it for what it ran.
     */
    async remove(id: string, deletedAt: number, also: WrittenWith = []): Promise<void> {
      const { permissions } = workflows;
      const hidden = and(eq(workflows.id, id), sql`${permissions} ->> '$.view' IS NOT NULL`);
      await orm.batch([
        orm.insert(deletedWorkflows).select(
          orm
            .select({
              ...{ id: workflows.id, project: workflows.project, name: workflows.name },
              permissions: sql<WorkflowPermissions>`${permissions}`.as("permissions"),
              deletedAt: sql<number>`${deletedAt}`.as("deleted_at"),
            })
            .from(workflows)
            .where(hidden),
        ),
        orm.delete(workflowAliases).where(eq(workflowAliases.workflowId, id)),
        told(id, deletedAt),
        orm.delete(workflows).where(eq(workflows.id, id)),
        ...also,
      ]);
    },
  };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
