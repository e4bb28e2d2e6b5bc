import { executions, keys, memberships, projects, sessions } from "@pulse/schema/tables";
import { and, asc, eq, isNull } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import { removalOfSettings } from "./project-contents.ts";

export type ProjectRow = typeof projects.$inferSelect;

/** The SQL of projects. */
export function createProjectStore(database: Database) {
  const { orm } = database;
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
    /** Deletes a project in which nothing works any more, with who was in it and what is set there; false when there is none. */
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
        ...removalOfSettings(database, project),
      ]);
      return true;
    },
  };
}
