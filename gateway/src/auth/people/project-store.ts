import { executions, functions, keys, memberships, projects, runners, sessions } from "@pulse/schema/tables";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";

export type ProjectRow = typeof projects.$inferSelect;

/** The SQL of projects. */
export function createProjectStore({ orm }: Database) {
  return {
    async list(): Promise<ProjectRow[]> {
      return orm.select().from(projects).orderBy(asc(projects.name));
    },
    async insert(row: ProjectRow): Promise<boolean> {
      return (await orm.insert(projects).values(row).onConflictDoNothing().returning()).length > 0;
    },
    /** Whether there is still something of a project that had this name. */
    async hasHistory(project: string): Promise<boolean> {
      const which = eq(executions.project, project);
      return (await orm.select({ id: executions.id }).from(executions).where(which).limit(1)).length > 0;
    },
    /** How much of a project works still. */
    async contents(project: string): Promise<{ functions: number; runners: number }> {
      const count = sql<number>`count(*)`;
      const [[some], [others]] = await Promise.all([
        orm.select({ count }).from(functions).where(eq(functions.project, project)),
        orm.select({ count }).from(runners).where(eq(runners.project, project)),
      ]);
      return { functions: some?.count ?? 0, runners: others?.count ?? 0 };
    },
    /** Deletes a project that is empty, with who was in it; false when there is none. */
    async remove(project: string, now: number): Promise<boolean> {
      const gone = await orm.delete(projects).where(eq(projects.name, project)).returning();
      if (gone.length === 0) return false;
      await orm.batch([
        orm.delete(memberships).where(eq(memberships.project, project)),
        orm
          .update(keys)
          .set({ revokedAt: now })
          .where(and(eq(keys.project, project), isNull(keys.revokedAt))),
        orm.delete(sessions).where(eq(sessions.project, project)),
      ]);
      return true;
    },
  };
}
