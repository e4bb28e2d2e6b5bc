import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/workflow-runs";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { readDepth, readIdempotencyKey } from "../executions/call-options.ts";
import { readStartAfter, startOf } from "../executions/start-after.ts";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { splitReference } from "./aliases/split-reference.ts";
import { admitting } from "./runs/admit-run.ts";
import { isSeenBy } from "./runs/prompt-list.ts";
import { promptViewOf } from "./runs/prompts-store.ts";
import { respond } from "./runs/respond.ts";
import { runLogOf } from "./runs/run-log.ts";
import { startOnce } from "./runs/start-once.ts";
import { startRun } from "./runs/start-run.ts";

/** Mounts what starts workflows and answers their prompts. */
export function mountWorkflowRuns(app: PulseApp, deps: Deps): void {
  const { ports, hub } = deps;
  const log = runLogOf(ports);

  bind(app, deps, wire.runWorkflow, async ({ principal, params, body, header, traceparent }) => {
    const { project, kind, id: caller, name, userId } = principal;
    const calls = readDepth(header("pulse-depth"));
    const { name: workflow, revision } = splitReference(params.name, body.revision);
    const asked = { workflow, revision, inputs: body.inputs };
    const key = { project, scope: `runs:${caller}`, key: readIdempotencyKey(header("idempotency-key")) };
    const startAfter = readStartAfter(header);
    const told = { ...asked, ...(startAfter === null ? {} : { startAfter }) };
    const fingerprint = await sha256Hex(new TextEncoder().encode(canonicalText(told)));
    const now = ports.now();
    const runAt = startOf(startAfter ?? undefined, now);
    const start = (id: string, rows: InStatement[]) =>
      startRun(
        ports,
        log,
        {
          ...{ ...asked, calls, id, project, startedBy: { kind, id: caller, name, userId } },
          ...{ caller, parent: null, by: principal, isAnswered: true, traceparent },
          ...{ trigger: { type: "manual", by: actorOf(principal) }, runAt },
        },
        rows,
      );
    const run = await startOnce(ports, key, fingerprint, start, admitting(deps, principal));
    // It is on disk: if the word gets lost, the engine finds it by itself.
    ports.background(hub.changed({ project }));
    const url = `${deps.config.publicUrl}/v1/executions/${run.id}`;
    const headers = { location: url, ...(run.isRepeated ? { "idempotent-replayed": "true" } : {}) };
    const later = runAt > now ? { status: "scheduled", runAt: new Date(runAt).toISOString() } : null;
    return { status: 202, headers, body: { id: run.id, url, ...(later ?? { status: "running" }) } };
  });

  bind(app, deps, wire.respond, async ({ principal, params, body }) => {
    const { project } = principal;
    if (!(await isSeenBy(ports.database, principal, params.id))) {
      throw new ProblemError("not_found", `there is no workflow's execution ${params.id}`);
    }
    const row = await respond(ports, log, { project, id: params.id, by: principal, answer: body });
    ports.background(hub.changed({ project }));
    return { body: promptViewOf(row, deps.config.publicUrl) };
  });
}
