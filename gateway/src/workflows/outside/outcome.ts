import { isTerminal } from "@pulse/schema/status";
import { commandEnd, type RequestAnswer } from "@pulse/schema/wire/command";
import { createExecutionStore, type ResultRow } from "../../executions/store.ts";
import { jsonOrText } from "../../http/json-or-text.ts";
import type { Database } from "../../ports.ts";
import type { Outcome } from "../advance/events.ts";

/** How an execution that a run asked for has ended; its output is what the function or the workflow answered, JSON where it is JSON. */
export async function outcomeOf(database: Database, project: string, id: string): Promise<Outcome> {
  const store = createExecutionStore(database);
  const row = await store.result(project, id);
  if (row === null)
    return { status: "lost", error: { code: "gone", message: `execution ${id} is no longer kept` } };
  const { status } = row;
  if (!isTerminal(status)) throw new Error(`execution ${id} has not ended: ${status}`);
  const error = row.error === null ? null : { code: row.error.code, message: row.error.message };
  const durationMs = row.timing?.runMs;
  if (row.kind === "command") {
    const end = commandEnd.safeParse(await outputOf(store, row));
    if (end.success && end.data.answer !== undefined) {
      return {
        status,
        error,
        output: stepOutputOf(end.data.answer),
        ...(durationMs === undefined ? {} : { durationMs }),
      };
    }
    const { exitCode, stdout, stderr = "" } = end.success ? end.data : { exitCode: null, stdout: "" };
    return {
      ...{ status, error, exitCode, stdout, stderr, output: stdout },
      ...(durationMs === undefined ? {} : { durationMs }),
    };
  }
  return {
    ...{ status, error, output: status === "succeeded" ? await outputOf(store, row) : null },
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

/** An answer as a step has it: its body JSON where it says so. */
function stepOutputOf({ status, headers, body }: RequestAnswer) {
  return {
    status,
    headers,
    body: jsonOrText<unknown>(Object.entries(headers), new TextEncoder().encode(body)),
  };
}

async function outputOf(store: ReturnType<typeof createExecutionStore>, row: ResultRow): Promise<unknown> {
  const bytes =
    row.responseAt === "inline"
      ? Uint8Array.fromBase64(row.responseBody ?? "")
      : row.responseAt === "stored"
        ? await store.payload(row.id, "response")
        : null;
  if (bytes === null) return null;
  return jsonOrText<unknown>(row.responseHeaders ?? [], bytes);
}
