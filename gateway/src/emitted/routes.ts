import type { Emitter } from "@pulse/schema/tables";
import * as wire from "@pulse/schema/wire/emit";
import { readDepth, readIdempotencyKey } from "../executions/call-options.ts";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { emit } from "./emit.ts";
import { getEmitted } from "./read-emitted.ts";
import { mountEmitted } from "./read-routes.ts";

/** Mounts what takes events, and what shows them. */
export function mountEmit(app: PulseApp, deps: Deps): void {
  const { ports, hub } = deps;
  mountEmitted(app, deps);
  bind(app, deps, wire.emitEvent, async ({ principal, params, body, header }) => {
    const { project } = principal;
    const { id, name, at, subscribers, isRepeated } = await emit(ports, {
      ...{ project, name: params.name, data: body.data, by: actorOf(principal) },
      emitter: emitterOf(principal),
      depth: readDepth(header("pulse-depth")),
      idempotencyKey: readIdempotencyKey(header("idempotency-key")),
    });
    // It is on disk: if the word gets lost, it is found all the same.
    ports.background(hub.changed({ project }));
    // Those that are hidden from them are not counted.
    const shown = subscribers === 0 ? null : await getEmitted(ports.database, principal, id);
    return {
      status: isRepeated ? 200 : 202,
      ...(isRepeated ? { headers: { "idempotent-replayed": "true" } } : {}),
      body: { id, name, at: new Date(at).toISOString(), subscribers: shown?.subscribers ?? 0 },
    };
  });
}

function emitterOf({ kind, id, name, userId, scopes, roles, groups = [] }: Principal): Emitter {
  return { kind, id, name, userId, scopes, roles, groups };
}
