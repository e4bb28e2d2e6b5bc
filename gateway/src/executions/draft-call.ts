import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Deps } from "../http/context.ts";
import { headersToFunction } from "./forwarded-headers.ts";
import { shownBodyOf } from "./input.ts";
import { invoke, type Target } from "./invoke.ts";
import { getExecution } from "./read.ts";
import { createExecutionStore, type ResultRow } from "./store.ts";

const shownMost = 2 ** 20;

/** A call of a draft by whoever writes it. */
export interface DraftCall {
  project: string;
  target: Target;
  credential: string;
  requestId: string;
  /** `path` lies below the function and has the query. */
  request: { method: string; path: string; headers: HeaderList };
  body: Uint8Array<ArrayBuffer> | null;
}

/** Starts a call like one whose caller waits: tried once, given up when no runner is free. Resolves to its id once it is on disk. */
export async function startDraftCall(deps: Deps, call: DraftCall, signal: AbortSignal): Promise<string> {
  const { project, target, credential, requestId, request, body } = call;
  const { method, path } = request;
  const { id } = await invoke(
    deps,
    {
      project,
      target,
      credential,
      trigger: { type: "draft" },
      request: {
        method,
        path,
        url: `${deps.config.functionsUrl ?? deps.config.publicUrl}/f/${target.name}${path === "/" ? "" : path}`,
        headers: headersToFunction(request.headers, { requestId, dropAuthorization: false }),
      },
      body: body === null ? { at: "none" } : { at: "bytes", bytes: body },
      options: {
        reply: "leave",
        waitMs: 0,
        timeoutMs: null,
        idempotencyKey: null,
        depth: 0,
        traceparent: null,
        applied: null,
      },
      parentId: null,
    },
    signal,
  );
  return id;
}

/** How a call stands, after waiting up to `waitMs` for its end, and what it answered, up to 1 MiB of body. Throws `not_found`. */
export async function lookAtCall(
  deps: Deps,
  project: string,
  id: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<{
  execution: ExecutionView;
  response: { status: number; headers: HeaderList; body: ReturnType<typeof shownBodyOf> | null } | null;
}> {
  if (waitMs > 0) await deps.hub.wait({ id, waitMs }, signal);
  const execution = await getExecution(deps, project, id);
  if (!isTerminal(execution.status)) return { execution, response: null };
  const store = createExecutionStore(deps.ports.database);
  const row = await store.result(project, id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${id}`);
  if (row.httpStatus === null) return { execution, response: null };
  const bytes = (row.responseBytes ?? 0) > shownMost ? null : await bodyOf(store, row);
  const body = bytes === null || bytes.length === 0 ? null : shownBodyOf(bytes);
  return { execution, response: { status: row.httpStatus, headers: row.responseHeaders ?? [], body } };
}

async function bodyOf(
  store: ReturnType<typeof createExecutionStore>,
  { id, responseAt, responseBody }: ResultRow,
): Promise<Uint8Array | null> {
  if (responseAt === "stored") return await store.payload(id, "response");
  return responseBody === null ? null : Uint8Array.fromBase64(responseBody);
}
