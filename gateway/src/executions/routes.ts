import { ProblemError } from "@pulse/schema/problem";
import { countExecutions as wireCounts } from "@pulse/schema/wire/execution-counts";
import { timeExecutions as wireTimings } from "@pulse/schema/wire/execution-timings";
import * as wire from "@pulse/schema/wire/executions";
import { findLogLines, readLogLines } from "@pulse/schema/wire/log-lines";
import { createResolver } from "../functions/resolve.ts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { pageReply } from "../http/paging.ts";
import { runViewOf } from "../workflows/runs/view.ts";
import { readDepth, readIdempotencyKey } from "./call-options.ts";
import { mountCalls } from "./call-route.ts";
import { cancelExecution } from "./cancel.ts";
import { countExecutions } from "./find/count.ts";
import { timeExecutions } from "./find/timings.ts";
import { readInput } from "./input.ts";
import { findLines, readLines } from "./log-window.ts";
import { logFormOf, readLogs } from "./logs.ts";
import { requireMayExecute } from "./may-execute.ts";
import { getExecution, getResult, getWithAttempts, listExecutions } from "./read.ts";
import { replay } from "./replay.ts";
import { readStepLogs } from "./step-logs.ts";

/** Mounts the calls under `/f/` and the control API of executions. */
export function mountExecutions(app: PulseApp, deps: Deps): void {
  const resolver = createResolver(deps);
  mountCalls(app, deps, resolver);

  bind(app, deps, wire.listExecutions, async ({ principal, query, request }) => {
    const page = await listExecutions(deps, principal, query);
    return pageReply(request, page);
  });
  bind(app, deps, wireCounts, async ({ principal, query }) => ({
    body: await countExecutions(deps, principal, query),
  }));
  bind(app, deps, wireTimings, async ({ principal, query }) => ({
    body: await timeExecutions(deps, principal, query),
  }));
  bind(app, deps, wire.getExecution, async ({ principal, params }) => {
    const { project } = principal;
    const view = await getWithAttempts(deps, principal, params.id);
    const run = view.kind === "workflow" ? await runViewOf(deps, project, params.id) : null;
    return { body: run === null ? view : { ...view, run } };
  });
  bind(app, deps, wire.getResult, ({ principal, params, request, requestId }) =>
    getResult(deps, principal, params.id, { method: request.method, requestId }),
  );
  bind(app, deps, wire.getInput, async ({ principal, params }) => ({
    body: await readInput(deps.ports, principal, params.id),
  }));
  bind(app, deps, wire.getLogs, async ({ principal, params, query, header, signal, requestId, recheck }) => {
    const form = logFormOf(header("accept"));
    if (query.step !== undefined) {
      if (form === "sse" || query.follow === "true" || query.after !== undefined)
        throw new ProblemError("bad_request", "the log of a step is had as it is stored, from its beginning");
      await getExecution(deps, principal, params.id);
      const run = await runViewOf(deps, principal.project, params.id);
      return readStepLogs(deps, { viewer: principal, run, id: params.id, step: query.step, form });
    }
    const follow = query.follow === undefined ? form === "sse" : query.follow === "true";
    const after = header("last-event-id") ?? query.after ?? null;
    // There is no validator that If-Range could name, so a range with a condition is the whole.
    const range = header("if-range") === null ? header("range") : null;
    const asked = { viewer: principal, id: params.id, form, follow, after, range, requestId, recheck };
    return readLogs(deps, asked, signal);
  });
  bind(app, deps, readLogLines, async ({ principal, params, query }) => ({
    body: await readLines(deps.ports, principal, params.id, query),
  }));
  bind(app, deps, findLogLines, async ({ principal, params, query }) => ({
    body: await findLines(deps.ports, principal, params.id, query),
  }));
  bind(app, deps, wire.cancelExecution, async ({ principal, params }) => {
    const execution = await getExecution(deps, principal, params.id);
    await requireMayExecute(deps, principal, execution);
    const { status } = await cancelExecution(deps, principal, execution);
    // What runs is told to stop and ends later.
    const http = status === "cancelled" ? 200 : 202;
    return { status: http, body: await getExecution(deps, principal, params.id) };
  });
  bind(app, deps, wire.replayExecution, async ({ principal, params, body, header, signal }) => {
    const resolve = resolver.resolve;
    const idempotencyKey = readIdempotencyKey(header("idempotency-key"));
    const key = { idempotencyKey, calls: readDepth(header("pulse-depth")) };
    const { outcome, id, replayed } = await replay(deps, resolve, principal, params.id, body, key, signal);
    if (outcome.kind !== "accepted") throw new Error("a replay is not waited for");
    const url = `${deps.config.publicUrl}/v1/executions/${id}`;
    const headers = { location: url, ...(replayed ? { "idempotent-replayed": "true" } : {}) };
    return { status: 202, headers, body: { id, status: outcome.status, url } };
  });
}
