import { savedInputs } from "@pulse/schema/tables";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";

export type SavedInputRow = typeof savedInputs.$inferSelect;
/** Whose inputs of which function. */
export type Keeper = Pick<SavedInputRow, "project" | "functionName" | "ownerId">;

/** All SQL of saved inputs. */
export function createSavedInputStore({ orm }: Database) {
  const kept = ({ project, functionName, ownerId }: Keeper) =>
    and(
      eq(savedInputs.project, project),
      eq(savedInputs.functionName, functionName),
      eq(savedInputs.ownerId, ownerId),
    );
  return {
    /** Newest first. */
    async list(keeper: Keeper, limit: number): Promise<SavedInputRow[]> {
      return orm
        .select()
        .from(savedInputs)
        .where(kept(keeper))
        .orderBy(desc(savedInputs.updatedAt), asc(savedInputs.name))
        .limit(limit);
    },
    /** Writes over the one of this name. */
    async replace(row: SavedInputRow): Promise<boolean> {
      const { updatedAt, call } = row;
      const which = and(kept(row), eq(savedInputs.name, row.name));
      const written = await orm
        .update(savedInputs)
        .set({ updatedAt, call })
        .where(which)
        .returning({ name: savedInputs.name });
      return written.length > 0;
    },
    /** Adds one more; false when there are `most` already. Of two that add the same name at once the later stands. */
    async add(row: SavedInputRow, most: number): Promise<boolean> {
      const { project, functionName, ownerId, name, updatedAt, call } = row;
      const added = await orm.run(sql`
        INSERT INTO saved_inputs (project, function_name, owner_id, name, updated_at, call)
        SELECT ${project}, ${functionName}, ${ownerId}, ${name}, ${updatedAt}, ${JSON.stringify(call)}
        WHERE (SELECT count(*) FROM saved_inputs WHERE ${kept(row)}) < ${most}
        ON CONFLICT (project, function_name, owner_id, name) DO UPDATE SET updated_at = excluded.updated_at, call = excluded.call`);
      return added.rowsAffected > 0;
    },
    /** False when there is none of this name. */
    async remove(keeper: Keeper, name: string): Promise<boolean> {
      const which = and(kept(keeper), eq(savedInputs.name, name));
      return (await orm.delete(savedInputs).where(which).returning({ name: savedInputs.name })).length > 0;
    },
  };
}
