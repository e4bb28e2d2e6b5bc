import type { AuditEntry } from "@pulse/schema/wire/audit";
import type { Deps } from "../http/context.ts";
import { entryOfRow } from "./entry-of-row.ts";
import { createAuditStore } from "./store.ts";

/** The entries of these numbers, as far as they are kept, by the subjects of the events that tell of them. */
export async function entriesBySubject(
  { ports }: Deps,
  project: string,
  subjects: readonly string[],
): Promise<Map<string, AuditEntry>> {
  const rows = await createAuditStore(ports.database).some(project, subjects.map(Number));
  return new Map(rows.flatMap((row) => entryOfRow(row) ?? []).map((entry) => [String(entry.seq), entry]));
}
