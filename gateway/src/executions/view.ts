import type { ExecutionView } from "@pulse/schema/wire/executions";
import { fromBase64Url, toBase64Url } from "../http/encoding.ts";
import type { Position, ShownExecution } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms));

/** An execution's row as the API shows it; `waitingFor` is asked for by those who show one alone. */
export function viewOf(row: ShownExecution, waitingFor: string | null = null): ExecutionView {
  const waits = row.status === "queued" || row.status === "scheduled";
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    version: row.version,
    status: row.status,
    reason: row.reason,
    attempt: row.attempt,
    retriesUsed: row.retriesUsed,
    losses: row.losses,
    trigger: row.trigger,
    parentId: row.parentId,
    runner: row.runnerName,
    createdAt: time(row.createdAt),
    startedAt: timeOrNull(row.startedAt),
    endedAt: timeOrNull(row.endedAt),
    runAt: waits ? time(row.runAt) : null,
    waitingFor,
    timing: row.timing ?? {},
    http: row.httpStatus === null ? null : { status: row.httpStatus },
    error: row.error,
    late: row.late,
    truncated: row.truncated,
  };
}

/** The opaque cursor of the page after this position. */
export function cursorOf(position: Position): string {
  return toBase64Url(`${position.createdAt}.${position.id}`);
}

/** Reads a cursor back; null when it is none of ours. */
export function positionOf(cursor: string): Position | null {
  let text: string;
  try {
    text = new TextDecoder().decode(fromBase64Url(cursor));
  } catch {
    return null;
  }
  const match = /^(\d{1,16})\.([a-z]+_[0-9a-z]+)$/.exec(text);
  const [, createdAt, id] = match ?? [];
  return createdAt === undefined || id === undefined ? null : { createdAt: Number(createdAt), id };
}
