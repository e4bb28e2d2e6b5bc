import { workflowAliases, workflows } from "@pulse/schema/tables";
import { and, asc, eq } from "drizzle-orm";
import { telling } from "../../events/telling.ts";
import type { Database } from "../../ports.ts";

/** An alias's row. */
export type AliasRow = typeof workflowAliases.$inferSelect;

/** The SQL of aliases of workflows: their only writer, but for deleting them with their workflow. */
export function createAliasStore({ orm }: Database) {
  const one = (workflowId: string, name: string) =>
    and(eq(workflowAliases.workflowId, workflowId), eq(workflowAliases.name, name));
  /** Told as a change of the workflow. */
  const told = (workflowId: string, at: number) =>
    telling({ orm }, "workflows", workflows, eq(workflows.id, workflowId), at, workflows.name);
  return {
    /** All of a workflow by name. */
    async list(workflowId: string): Promise<AliasRow[]> {
      return await orm
        .select()
        .from(workflowAliases)
        .where(eq(workflowAliases.workflowId, workflowId))
        .orderBy(asc(workflowAliases.name));
    },
    async byName(workflowId: string, name: string): Promise<AliasRow | null> {
      const [row] = await orm.select().from(workflowAliases).where(one(workflowId, name));
      return row ?? null;
    },
    /** Makes an alias, or moves it. */
    async move(row: AliasRow): Promise<void> {
      const { revision, movedAt, movedBy } = row;
      const moved = orm
        .insert(workflowAliases)
        .values(row)
        .onConflictDoUpdate({
          target: [workflowAliases.workflowId, workflowAliases.name],
          set: { revision, movedAt, movedBy },
        });
      await orm.batch([moved, told(row.workflowId, movedAt)]);
    },
    /** Removes an alias; false when there is none. */
    async remove(workflowId: string, name: string, now: number): Promise<boolean> {
      const removed = orm.delete(workflowAliases).where(one(workflowId, name));
      return (await orm.batch([removed, told(workflowId, now)]))[0].rowsAffected > 0;
    },
  };
}
