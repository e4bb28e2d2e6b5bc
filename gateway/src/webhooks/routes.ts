import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/webhooks";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { pageOf, pageReply } from "../http/paging.ts";
import { mountDeliveries } from "./delivery-routes.ts";
import { mountHook } from "./hook-route.ts";
import { addWebhook, alterWebhook, removeWebhook, rotateSecret } from "./keep-webhook.ts";
import { endpointsOf } from "./known-endpoints.ts";
import { requireMayStart } from "./may-start.ts";
import { setUpText } from "./set-up-text.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";
import { urlOf, webhookViewOf } from "./view.ts";

const captureMs = 600_000;

/** Mounts webhooks: where they are delivered to, what there is of them, and their log. */
export function mountWebhooks(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const store = createWebhookStore(ports.database);
  const viewOf = (row: WebhookRow) => webhookViewOf(row, config.publicUrl, ports.now());
  const found = async (by: Principal, which: string) => {
    const row = await store.find(by, which);
    if (row === null) throw new ProblemError("not_found", `there is no webhook "${which}"`);
    return row;
  };

  mountHook(app, deps);
  mountDeliveries(app, deps, found);

  bind(app, deps, wire.listWebhooks, async ({ principal, query, request }) => {
    const rows = await store.list(principal, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(rows, query.limit, viewOf, ({ name }) => name),
    );
  });

  bind(app, deps, wire.createWebhook, async ({ principal, body, audit }) => {
    await requireMayStart(deps, principal, body.target);
    const { row, made } = await addWebhook(ports, principal.project, actorOf(principal), body);
    audit.note({ target: row.name });
    const shown = made === null ? {} : { secret: made };
    return { status: 201, headers: { "cache-control": "no-store" }, body: { ...viewOf(row), ...shown } };
  });

  bind(app, deps, wire.getWebhook, async ({ principal, params }) => ({
    body: viewOf(await found(principal, params.id)),
  }));

  bind(app, deps, wire.changeWebhook, async ({ principal, params, body }) => {
    const row = await found(principal, params.id);
    // Whoever changes when it runs has it run what it runs.
    await requireMayStart(deps, principal, body.target ?? row.target);
    return { body: viewOf(await alterWebhook(ports, row, body)) };
  });

  bind(app, deps, wire.deleteWebhook, async ({ principal, params }) => {
    const row = await found(principal, params.id);
    if (row.workflowId !== null) {
      const detail = `the webhook "${row.name}" is a trigger of a workflow: take it out there`;
      throw new ProblemError("conflict", detail);
    }
    await removeWebhook(ports, row);
    return { status: 204 };
  });

  bind(app, deps, wire.rotateWebhook, async ({ principal, params, body }) => {
    const hook = await found(principal, params.id);
    // Who has the secret starts what it is for.
    await requireMayStart(deps, principal, hook.target);
    const { row, made } = await rotateSecret(ports, hook, body);
    const { id, oldSecretUntil } = viewOf(row);
    const shown = made === null ? {} : { secret: made };
    return { headers: { "cache-control": "no-store" }, body: { id, oldSecretUntil, ...shown } };
  });

  bind(app, deps, wire.setUpWebhook, async ({ principal, params }) => {
    const row = await found(principal, params.id);
    const { provider, toleranceMs } = row;
    const url = urlOf(config.publicUrl, row);
    const text = setUpText({ provider, url, toleranceMs, hmac: row.hmac ?? wire.hmacByDefault });
    return { body: { provider, url, text } };
  });

  bind(app, deps, wire.captureWebhook, async ({ principal, params }) => {
    const { id } = await found(principal, params.id);
    const row = await store.change(id, { captureUntil: ports.now() + captureMs }, ports.now());
    endpointsOf(ports).forget(id);
    if (row === null) throw new ProblemError("not_found", `there is no webhook "${params.id}"`);
    return { body: viewOf(row) };
  });
}
