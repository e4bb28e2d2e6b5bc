import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/callbacks";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { createExecutionStore } from "../store.ts";
import { messageId } from "./deliver.ts";
import { renewSigningSecret, signingSecrets } from "./secret.ts";
import { createCallbackStore } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** Mounts who is told of an execution's end, and the secret that receivers check signatures with. */
export function mountCallbacks(app: PulseApp, deps: Deps): void {
  const { database } = deps.ports;
  bind(app, deps, wire.listCallbacks, async ({ principal, params }) => {
    const { project } = principal;
    if ((await createExecutionStore(database).get(principal, params.id)) === null) {
      throw new ProblemError("not_found", `there is no execution ${params.id}`);
    }
    const rows = await createCallbackStore(database).of(project, params.id);
    const items = rows.map(({ executionId, url, status, createdAt, nextAt, tries }) => ({
      id: messageId(executionId),
      url,
      status,
      createdAt: time(createdAt),
      nextAt: status === "waiting" ? time(nextAt) : null,
      tries: tries.map((one) => ({ ...one, at: time(one.at) })),
    }));
    return { body: { items, nextCursor: null } };
  });
  bind(app, deps, wire.getCallbackSecret, async ({ principal }) => ({
    headers: { "cache-control": "no-store" },
    body: { secret: (await signingSecrets(deps.ports, principal.project)).secret },
  }));
  bind(app, deps, wire.newCallbackSecret, async ({ principal }) => ({
    status: 201,
    headers: { "cache-control": "no-store" },
    body: { secret: await renewSigningSecret(deps.ports, principal.project) },
  }));
}
