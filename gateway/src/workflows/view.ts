import type { Deps } from "../http/context.ts";
import { namesSeenBy } from "./names-seen.ts";
import { isPermitted } from "./permissions.ts";
import type { Viewer } from "./seen-by.ts";
import { createWorkflowStore, type WorkflowRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** What the API shows of a workflow wherever it does. */
export function headOf(row: WorkflowRow) {
  const { id, name, description, tags, enabled, disabled, revision, hash, createdAt, updatedAt } = row;
  return {
    ...{ id, name, description, tags, enabled, revision, hash },
    disabled: disabled === null ? null : { ...disabled, at: time(disabled.at) },
    ...{ createdAt: time(createdAt), updatedAt: time(updatedAt) },
  };
}

/** A workflow as lists show it. */
export const itemOf = (row: WorkflowRow) => ({ ...headOf(row), steps: row.steps });

/** The workflows of these names as somebody sees them: null, that there is none; nothing at all of one that they may not view. */
export async function workflowsByName(
  { ports }: Deps,
  by: Exclude<Viewer, string>,
  names: readonly string[],
): Promise<Map<string, ReturnType<typeof itemOf> | null>> {
  const rows = await createWorkflowStore(ports.database).named(by.project, names);
  const there = new Set(rows.map(({ name }) => name));
  const gone = names.filter((name) => !there.has(name));
  const told = new Map<string, ReturnType<typeof itemOf> | null>();
  for (const row of rows) if (isPermitted(by, "view", row.permissions)) told.set(row.name, itemOf(row));
  for (const name of await namesSeenBy(ports.database, by, gone)) told.set(name, null);
  return told;
}
