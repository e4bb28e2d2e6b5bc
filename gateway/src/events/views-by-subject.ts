import type { Database } from "../ports.ts";
import { namesSeenBy } from "../workflows/names-seen.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { readSubject } from "./telling.ts";

/**
 * What somebody is told of things that start workflows, by the subjects of events: each that `read` finds, as it is now; null for one that is gone,
 * unless what it started is a workflow that they may not view.
 */
export async function viewsBySubject<View extends { id: string }>(
  database: Database,
  by: Exclude<Viewer, string>,
  subjects: readonly string[],
  read: (ids: readonly string[]) => Promise<View[]>,
): Promise<Map<string, View | null>> {
  const parts = subjects.map((subject) => ({ subject, ...readSubject(subject) }));
  const [views, seen] = await Promise.all([
    read(parts.map(({ id }) => id)),
    namesSeenBy(database, by, [...new Set(parts.flatMap(({ goneWith }) => goneWith || []))]),
  ]);
  const byId = new Map(views.map((view) => [view.id, view]));
  const told = new Map<string, View | null>();
  for (const { subject, id, goneWith } of parts) {
    const view = byId.get(id);
    if (view !== undefined) told.set(subject, view);
    else if (goneWith !== null && (goneWith === "" || seen.has(goneWith))) told.set(subject, null);
  }
  return told;
}
