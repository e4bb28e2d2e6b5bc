import * as wire from "@pulse/schema/wire/commands";
import { readDepth, readIdempotencyKey } from "../executions/call-options.ts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import { admitting } from "../workflows/runs/admit-run.ts";
import { followCommand } from "./follow.ts";
import { runCommand } from "./run-command.ts";
import { commandViewOf } from "./view.ts";

/** Mounts direct commands. */
export function mountCommands(app: PulseApp, deps: Deps): void {
  const { ports, hub, config } = deps;

  bind(app, deps, wire.runCommand, async ({ principal, body, header, traceparent }) => {
    const { project } = principal;
    const idempotencyKey = readIdempotencyKey(header("idempotency-key"));
    const sent = { idempotencyKey, calls: readDepth(header("pulse-depth")), traceparent };
    const admit = admitting(deps, principal);
    const { id, isRepeated } = await runCommand(ports, principal, body, sent, admit);
    // It is on disk: if the word gets lost, the engine finds it by itself.
    ports.background(hub.changed({ project }));
    const url = `${config.publicUrl}/v1/commands/${id}`;
    const headers = { location: url, ...(isRepeated ? { "idempotent-replayed": "true" } : {}) };
    return { status: 202, headers, body: { id, status: "running", url } };
  });

  bind(app, deps, wire.getCommand, async ({ principal, params, header, recheck, signal }) => {
    const { project } = principal;
    const view = await commandViewOf(ports, project, params.id);
    if (header("accept")?.includes("text/event-stream") !== true) return { body: view };
    const gone = new AbortController();
    const followed = { project, id: params.id, recheck };
    const events = followCommand(deps, followed, AbortSignal.any([signal, gone.signal]));
    return new Response(streamOf(encoded(events), gone), {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store, no-transform",
        ...Object.fromEntries(config.streamHeaders ?? []),
      },
    });
  });
}
