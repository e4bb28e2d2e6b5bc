import { patienceOf } from "@pulse/schema/patience";
import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import type { AttemptView, ExecutionFilter, ExecutionView } from "@pulse/schema/wire/executions";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { Deps } from "../http/context.ts";
import { badCursor, pageOf } from "../http/paging.ts";
import { projectOf, type Viewer } from "../workflows/seen-by.ts";
import { answerSettled } from "./answer.ts";
import { attemptsOf } from "./attempts.ts";
import { conditionsOf, pathOf } from "./find/path.ts";
import { createFindStore } from "./find/store.ts";
import { createExecutionStore, type OneExecution } from "./store.ts";
import { cursorOf, positionOf, viewOf } from "./view.ts";

/** What no index answers is looked for in so many executions at a time: nobody else is to wait for it. */
const searchedMost = 10_000;

/**
 * One page of the executions that somebody sees, newest first. One that asks what no index answers may be short, or empty, and still be followed by another.
 * Throws `validation_failed` for a cursor that is none.
 */
export async function listExecutions(
  deps: Deps,
  viewer: Viewer,
  query: ExecutionFilter & { limit: number; cursor?: string | undefined },
): Promise<{ items: ExecutionView[]; nextCursor: string | null }> {
  const { limit, cursor, ...filter } = query;
  const after = cursor === undefined ? null : positionOf(cursor);
  if (cursor !== undefined && after === null) throw badCursor();
  const store = createFindStore(deps.ports.database);
  const conditions = conditionsOf(filter);
  const path = pathOf(conditions);
  const search = { path, conditions, nowMs: deps.ports.now() };
  const downTo = path.rest.length === 0 ? null : await store.down(viewer, search, after, searchedMost);
  const rows = await store.list(viewer, search, { after, downTo }, limit + 1);
  const page = pageOf(rows, limit, (row) => viewOf(row), cursorOf);
  if (page.nextCursor !== null || downTo === null) return page;
  return { ...page, nextCursor: cursorOf(downTo) };
}

/** One execution; throws `not_found`. */
export async function getExecution(deps: Deps, viewer: Viewer, id: string): Promise<ExecutionView> {
  const row = await rowOf(deps, viewer, id);
  return viewOf(row, await waitingFor(deps, projectOf(viewer), row));
}

/** One execution with its attempts, oldest first; throws `not_found`. */
export async function getWithAttempts(
  deps: Deps,
  viewer: Viewer,
  id: string,
): Promise<ExecutionView & { attempts: AttemptView[] }> {
  const row = await rowOf(deps, viewer, id);
  const view = viewOf(row, await waitingFor(deps, projectOf(viewer), row));
  return { ...view, attempts: attemptsOf(row) };
}

async function rowOf({ ports }: Deps, viewer: Viewer, id: string): Promise<OneExecution> {
  const row = await createExecutionStore(ports.database).get(viewer, id);
  if (row === null) throw notFound(id);
  return row;
}

/** These executions as lists show them, by id; one that is not there, or not for them to see, is left out. */
export async function executionsById(
  { ports }: Deps,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, ExecutionView>> {
  const rows = await createExecutionStore(ports.database).some(viewer, ids);
  return new Map(rows.map((row) => [row.id, viewOf(row)]));
}

/** Why an execution that waits has not been taken, or what is known of one whose runner is silent, in words; null for one that does not wait. */
async function waitingFor(deps: Deps, project: string, row: OneExecution): Promise<string | null> {
  if (row.status === "running") return await silenceOf(deps, row);
  const { hub, ports } = deps;
  if (row.status !== "queued" && row.status !== "scheduled") return null;
  if (row.runAt > ports.now()) return `it may run from ${new Date(row.runAt).toISOString()} on`;
  // No runner is asked for it.
  if (row.kind === "workflow") return "its time has come, and it begins";
  const { pool, route, capKey, capMax } = row;
  const cap = capKey === null || capMax === null ? null : { key: capKey, max: capMax };
  return await hub.explain({ project, pool, requires: { route }, cap });
}

async function silenceOf({ hub, ports }: Deps, row: OneExecution): Promise<string | null> {
  const { runnerId, runnerName, delivery, onLost } = row;
  if (runnerId === null) return null;
  const [live] = await hub.runnersLive({ ids: [runnerId] });
  if (live === undefined || ports.now() - live.lastSeenAt < leaseNumbers.onlineMs) return null;
  const since = `unreachable: the runner ${runnerName} has been silent since ${new Date(live.lastSeenAt).toISOString()}`;
  if (delivery === "atLeastOnce") return `${since}; another one gets it soon`;
  const until = new Date(live.lastSeenAt + patienceOf(onLost)).toISOString();
  return `${since}; it may still report until ${until}, then this ${onLost === "retry" ? "begins again" : "is lost"}`;
}

/** The stored response as the function answered, or the problem its caller got; of a command that began how it ended, whatever that was. Throws `not_found`, `not_finished`. */
export async function getResult(
  deps: Deps,
  viewer: Viewer,
  id: string,
  request: { method: string; requestId: string },
): Promise<Response> {
  const row = await createExecutionStore(deps.ports.database).result(viewer, id);
  if (row === null) throw notFound(id);
  if (!isTerminal(row.status)) {
    throw new ProblemError("not_finished", `execution ${id} is ${row.status}`, { retryAfter: 1 });
  }
  const kept = row.responseAt === "inline" || row.responseAt === "stored";
  const settled = {
    id,
    status: kept && row.kind === "command" ? "succeeded" : row.status,
    reason: row.reason,
    attempt: row.attempt,
    error: row.error,
    timing: row.timing ?? {},
    response: kept
      ? {
          status: row.httpStatus ?? 200,
          headers: row.responseHeaders ?? [],
          base64: row.responseBody,
          bytes: row.responseBytes ?? 0,
        }
      : null,
  };
  const headers: [string, string][] = [
    ["pulse-execution-id", id],
    ["pulse-version", String(row.version ?? 0)],
  ];
  return await answerSettled(deps, settled, headers, { ...request, showsErrors: true });
}

function notFound(id: string): ProblemError {
  return new ProblemError("not_found", `there is no execution ${id}`);
}
