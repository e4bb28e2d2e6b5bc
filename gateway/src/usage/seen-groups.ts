import { schedules, webhooks } from "@pulse/schema/tables";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { nameSeenBy, projectOf, seesAll, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";

const shown = sql`sought.value`;

/** That a name is a function's, or that of a workflow which somebody sees. Steps of workflows have names too: those are nobody's to tell apart. */
function isName(viewer: Viewer): SQL {
  const project = projectOf(viewer);
  return sql`EXISTS (SELECT 1 FROM functions AS f WHERE f.project = ${project} AND f.name = ${shown})
    OR EXISTS (SELECT 1 FROM workflows AS o WHERE o.project = ${project} AND o.name = ${shown}) AND ${nameSeenBy(viewer, shown) ?? sql`1`}`;
}

/** That a caller is nobody, a key, a person, or a schedule or webhook which somebody sees. */
function isCaller(viewer: Viewer): SQL {
  const project = projectOf(viewer);
  return sql`${shown} = '' OR EXISTS (SELECT 1 FROM keys AS k WHERE k.id = ${shown}) OR EXISTS (SELECT 1 FROM users AS u WHERE u.id = ${shown})
    OR EXISTS (SELECT 1 FROM ${schedules} WHERE ${schedules.project} = ${project} AND ${schedules.id} = ${shown}
      AND ${targetSeenBy(viewer, schedules.target) ?? sql`1`})
    OR EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.project} = ${project} AND ${webhooks.id} = ${shown}
      AND ${targetSeenBy(viewer, webhooks.target) ?? sql`1`})`;
}

/**
 * Those of some names (`function`) or ids of callers (`key`) that tell nothing of a workflow which somebody may not view. Where nothing is hidden from
 * them: all.
 */
export async function seenGroups(
  { orm }: Database,
  viewer: Viewer,
  by: "function" | "key",
  groups: readonly string[],
): Promise<Set<string>> {
  const own = by === "function" ? isName(viewer) : isCaller(viewer);
  const rows = await orm.all<{ value: string }>(
    sql`SELECT value FROM json_each(${JSON.stringify(groups)}) AS sought WHERE ${seesAll(viewer)} OR ${own}`,
  );
  return new Set(rows.map(({ value }) => String(value)));
}
