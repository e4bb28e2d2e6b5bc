import type { ListedWorkflow } from "@pulse/schema/wire/workflows";
import type { Database } from "../ports.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { createStatsStore } from "./store.ts";

/** The newest run of each of these workflows, however long ago, by name; of none that never ran, or whose runs somebody may not see. */
export async function lastRunsOf(
  database: Database,
  viewer: Viewer,
  names: readonly string[],
): Promise<Map<string, NonNullable<ListedWorkflow["lastRun"]>>> {
  if (names.length === 0) return new Map();
  const found = await createStatsStore(database).lastRuns(viewer, names, "workflow");
  return new Map(
    found.map(({ name, id, at, status }) => [name, { id, at: new Date(at).toISOString(), status }]),
  );
}
