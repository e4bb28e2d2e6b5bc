import { sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { nameSeenBy, type Viewer } from "./seen-by.ts";

/** Those of some names that are not those of workflows which somebody may not view, there or deleted. */
export async function namesSeenBy(
  { orm }: Database,
  viewer: Viewer,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const seen = nameSeenBy(viewer, sql`n.value`);
  if (seen === undefined || names.length === 0) return new Set(names);
  const rows = await orm.all<{ name: string }>(
    sql`SELECT n.value AS name FROM json_each(${JSON.stringify(names)}) AS n WHERE ${seen}`,
  );
  return new Set(rows.map(({ name }) => name));
}
