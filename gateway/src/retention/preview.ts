import type { Retention, RetentionPreview } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { cutoffsOf, goWhole, losePart } from "./due.ts";
import { beginning, createRetentionStore, type Part, type Place } from "./store.ts";

const rowsAtOnce = 500;
/** Executions of each kind that are looked at; beyond them it is only said that there are more. */
const rowsMost = 50_000;
const versionsMost = 10_000;

/** What the upkeep would delete now under these settings, found by the very rules by which it deletes. */
export async function previewRetention(
  { database, now, soon }: Pick<Ports, "database" | "now" | "soon">,
  project: string,
  kept: Retention,
  signal: AbortSignal,
): Promise<RetentionPreview> {
  const store = createRetentionStore(database);
  const cutoffs = cutoffsOf(kept, now());
  let isAll = true;

  const count = async (
    part: Part,
    from: Place,
    before: number,
    go: typeof goWhole,
  ): Promise<{ count: number; bytes: number }> => {
    const found = { count: 0, bytes: 0 };
    let place = from;
    for (let looked = 0; ; looked += rowsAtOnce) {
      signal.throwIfAborted();
      const rows = await store.walk(project, place, before, part, rowsAtOnce);
      const last = rows.at(-1);
      if (last === undefined) return found;
      if (looked >= rowsMost) {
        isAll = false;
        return found;
      }
      const going = new Set(go(rows, before));
      for (const { id, bytes } of rows) {
        // An execution that has no such part loses none.
        if (!going.has(id) || (part !== "nothing" && bytes === 0)) continue;
        found.count += 1;
        found.bytes += bytes;
      }
      place = last;
      // A local database answers within the turn of the loop; others are to have theirs.
      await new Promise<void>((resolve) => soon(resolve));
    }
  };

  const logs = await count("log", await store.place("logs", project), cutoffs.logs, losePart);
  const payloads = await count("bodies", await store.place("payloads", project), cutoffs.payloads, losePart);
  const executions = await count("nothing", beginning, cutoffs.executions, goWhole);
  const versions =
    kept.versions === null ? [] : await store.oldVersions(project, kept.versions, versionsMost);
  if (versions.length === versionsMost) isAll = false;
  return {
    executions: { count: executions.count },
    logs,
    payloads,
    versions: { count: versions.length },
    isAll,
  };
}
