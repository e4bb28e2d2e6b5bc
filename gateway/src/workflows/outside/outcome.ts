import { createExecutionStore, type ResultRow } from "../../executions/store.ts";
import type { Database } from "../../ports.ts";
import type { Outcome } from "../advance/events.ts";

const ends: ReadonlySet<string> = new Set([
  "succeeded",
  "failed",
  "timed_out",
  "cancelled",
  "lost",
  "dead",
  "superseded",
]);

/** How an execution that a run asked for has ended; its output is what the function or the workflow answered, JSON where it is JSON. */
export async function outcomeOf(database: Database, project: string, id: string): Promise<Outcome> {
  const store = createExecutionStore(database);
  const row = await store.result(project, id);
  if (row === null)
    return { status: "lost", error: { code: "gone", message: `execution ${id} is no longer kept` } };
  if (!ends.has(row.status)) throw new Error(`execution ${id} has not ended: ${row.status}`);
  // One of the statuses above.
  const status = row.status as Outcome["status"];
  const error = row.error === null ? null : { code: row.error.code, message: row.error.message };
  const durationMs = row.timing?.runMs;
  return {
    ...{ status, error, output: status === "succeeded" ? await outputOf(store, row) : null },
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

async function outputOf(store: ReturnType<typeof createExecutionStore>, row: ResultRow): Promise<unknown> {
  const bytes =
    row.responseAt === "inline"
      ? Uint8Array.fromBase64(row.responseBody ?? "")
      : row.responseAt === "stored"
        ? await store.payload(row.id, "response")
        : null;
  if (bytes === null || bytes.length === 0) return null;
  const text = new TextDecoder().decode(bytes);
  const type = row.responseHeaders?.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!/[/+]json/i.test(type)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // It says JSON and is none: the text is what it answered.
    return text;
  }
}
