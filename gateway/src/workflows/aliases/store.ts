import { workflowAliases } from "@pulse/schema/tables";
import { and, asc, eq } from "drizzle-orm";
import type { Database } from "../../ports.ts";

/** An alias's row. */
export type AliasRow = typeof workflowAliases.$inferSelect;

/** The SQL of aliases of workflows: their only writer, but for deleting them with their workflow. */
export function createAliasStore({ orm }: Database) {
  const one = (workflowId: string, name: string) =>
    and(eq(workflowAliases.workflowId, workflowId), eq(workflowAliases.name, name));
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
      await orm
        .insert(workflowAliases)
        .values(row)
        .onConflictDoUpdate({
          target: [workflowAliases.workflowId, workflowAliases.name],
          set: { revision, movedAt, movedBy },
        });
    },
    /** Removes an alias; false when there is none. */
    async remove(workflowId: string, name: string): Promise<boolean> {
      return (await orm.delete(workflowAliases).where(one(workflowId, name))).rowsAffected > 0;
    },
  };
}
