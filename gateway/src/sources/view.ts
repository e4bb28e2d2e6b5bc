import type { SourceView, SyncView } from "@pulse/schema/wire/sources";
import type { SourceRow, SyncRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms));

/** A source as it is shown. */
export function sourceViewOf(row: SourceRow, last: SyncRow | undefined, publicUrl: string): SourceView {
  const { project: _project, createdAt, updatedAt, ...shown } = row;
  return {
    ...shown,
    url: `${publicUrl}/sync/${row.id}`,
    lastSync: last === undefined ? null : lastOf(syncViewOf(last, row.name)),
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  };
}

function lastOf({ id, status, commit, problem, createdAt, endedAt }: SyncView): SourceView["lastSync"] {
  // What is wrong in the folder names what is in it: that is for those who may see a sync.
  return { id, status, commit, problem: problem?.code ?? null, createdAt, endedAt };
}

/** A sync as it is shown. */
export function syncViewOf(row: SyncRow, source: string): SyncView {
  const { id, status, startedBy, commit, steps, problem, tries, createdAt, startedAt, endedAt } = row;
  return {
    ...{ id, source, status, startedBy, commit, steps, problem, tries },
    ...{ createdAt: time(createdAt), startedAt: timeOrNull(startedAt), endedAt: timeOrNull(endedAt) },
  };
}
