import * as wire from "@pulse/schema/wire/workflow-runs";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { admitRun } from "./runs/admit-run.ts";
import { promptViewOf } from "./runs/prompts-store.ts";
import { respond } from "./runs/respond.ts";
import { runLogOf } from "./runs/run-log.ts";
import { startRun } from "./runs/start-run.ts";

/** Mounts what starts workflows and answers their prompts. */
export function mountWorkflowRuns(app: PulseApp, deps: Deps): void {
  const { ports, hub } = deps;
  const log = runLogOf(ports);

  bind(app, deps, wire.runWorkflow, async ({ principal, params, body }) => {
    const { project, kind, id, name, userId } = principal;
    const run = await admitRun(deps, principal, (runId) =>
      startRun(ports, log, {
        ...{ id: runId, project, workflow: params.name, revision: body.revision, inputs: body.inputs },
        ...{ startedBy: { kind, id, name, userId }, caller: id, parent: null, by: principal },
        trigger: { type: "manual", by: name },
      }),
    );
    // It is on disk: if the word gets lost, the engine finds it by itself.
    ports.background(hub.changed({ project }));
    const url = `${deps.config.publicUrl}/v1/executions/${run.id}`;
    return { status: 202, headers: { location: url }, body: { id: run.id, status: "running", url } };
  });

  bind(app, deps, wire.respond, async ({ principal, params, body }) => {
    const { project } = principal;
    const row = await respond(ports, log, { project, id: params.id, by: principal, answer: body });
    ports.background(hub.changed({ project }));
    return { body: promptViewOf(row, deps.config.publicUrl) };
  });
}
