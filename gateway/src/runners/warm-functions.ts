import { functions, versions } from "@pulse/schema/tables";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";

/** The names of a project's versions by their ids; what is not of the project, or gone, is left out. */
export async function namesOfVersions(
  { orm }: Database,
  project: string,
  ids: readonly string[],
): Promise<Map<string, { function: string; version: number }>> {
  if (ids.length === 0) return new Map();
  const rows = await orm
    .select({ id: versions.id, function: functions.name, version: versions.number })
    .from(versions)
    .innerJoin(functions, eq(functions.id, versions.functionId))
    .where(
      and(
        eq(versions.project, project),
        sql`${versions.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
      ),
    );
  return new Map(rows.map(({ id, ...named }) => [id, named]));
}
