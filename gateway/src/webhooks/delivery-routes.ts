import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/deliveries";
import { readDepth } from "../executions/call-options.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { callLimitsOf } from "../limits/call-limits.ts";
import { starterOf } from "../workflows/runs/starter-of.ts";
import { createDeliveryStore, type ListedDelivery } from "./delivery-store.ts";
import { secretsOf } from "./known-endpoints.ts";
import { requireMayStart } from "./may-start.ts";
import { begin, newDelivery, take } from "./receive.ts";
import { signedSample } from "./sample.ts";
import type { WebhookRow } from "./store.ts";
import { withTraceparent } from "./trace-delivery.ts";
import { deliveryViewOf } from "./view.ts";

type Find = (principal: Principal, which: string) => Promise<WebhookRow>;

/** Mounts the log of deliveries, sending them again, and samples. */
export function mountDeliveries(app: PulseApp, deps: Deps, found: Find): void {
  const { ports } = deps;
  const store = createDeliveryStore(ports.database);
  const starting = () => ({ ports, hub: deps.hub, publicUrl: deps.config.publicUrl });
  // What people have sent takes as much room as what the provider sends.
  const admit = ({ id, perMinute }: WebhookRow) =>
    callLimitsOf(deps).attempt(`webhook ${id} by hand`, perMinute);
  const missing = (id: string) => new ProblemError("not_found", `there is no delivery ${id}`);

  bind(app, deps, wire.listDeliveries, async ({ principal, params, query, request }) => {
    const { id } = await found(principal, params.id);
    const { status, limit, since, cursor } = query;
    const rows = await store.list(principal, {
      ...{ webhookId: id, status, order: "newest", limit: limit + 1, after: placeOf(cursor) },
      since: since === undefined ? undefined : Date.parse(since),
    });
    return pageReply(request, pageOf(rows, limit, deliveryViewOf, cursorOf));
  });

  bind(app, deps, wire.getDelivery, async ({ principal, params }) => {
    const { id } = await found(principal, params.id);
    const [row, whole] = await Promise.all([
      store.shown(principal, id, params.delivery),
      store.get(id, params.delivery),
    ]);
    if (row === null || whole === null) throw missing(params.delivery);
    const { headers } = whole;
    return { body: { ...deliveryViewOf(row), headers, ...bodyOf(whole.body) } };
  });

  bind(app, deps, wire.resendDelivery, async ({ principal, params, header, traceparent }) => {
    const hook = await found(principal, params.id);
    await requireMayStart(deps, principal, hook.target);
    const again = await resend(hook, params.delivery, principal, {
      depth: readDepth(header("pulse-depth")),
      traceparent,
    });
    if (again !== null) return { status: 202, body: again };
    throw new ProblemError("gone", "the request of this delivery is no longer kept");
  });

  bind(app, deps, wire.resendSince, async ({ principal, params, body, header, traceparent }) => {
    const hook = await found(principal, params.id);
    await requireMayStart(deps, principal, hook.target);
    const { limit, status, cursor } = body;
    const depth = readDepth(header("pulse-depth"));
    const rows = await store.list(principal, {
      ...{ webhookId: hook.id, status, order: "oldest", limit: limit + 1, after: placeOf(cursor) },
      since: Date.parse(body.since),
    });
    const page = pageOf(rows, limit, ({ id }) => id, cursorOf);
    const items: wire.DeliveryView[] = [];
    // One after the other, in the order in which they came.
    for (const id of page.items) {
      const again = await resend(hook, id, principal, { depth, traceparent });
      if (again !== null) items.push(again);
    }
    return { status: 202, body: { items, nextCursor: page.nextCursor } };
  });

  bind(app, deps, wire.testWebhook, async ({ principal, params, body, requestId, header, traceparent }) => {
    const hook = await found(principal, params.id);
    await requireMayStart(deps, principal, hook.target);
    const { provider, hmac } = hook;
    const secrets = await secretsOf(ports, hook);
    const sample = await signedSample({
      ...{ provider, hmac, secret: secrets.secret, event: body.event ?? null, payload: body.payload },
      ...{ id: `test_${ports.random(16).toHex()}`, now: ports.now() },
    });
    const depth = readDepth(header("pulse-depth"));
    const sent = { ...sample, requestId, depth, traceparent, startedBy: starterOf(principal) };
    const told = await take(starting(), { hook, ...secrets }, sent, () => admit(hook));
    if (told.kind === "challenge") throw new ProblemError("conflict", "this payload starts nothing");
    return { status: told.receipt.status === "duplicate" ? 200 : 202, body: told.receipt };
  });

  /** Runs a delivery again; null when its request is no longer kept. */
  async function resend(
    hook: WebhookRow,
    id: string,
    by: Principal,
    { depth, traceparent }: { depth: number; traceparent: string | null },
  ): Promise<wire.DeliveryView | null> {
    const row = (await store.shown(by, hook.id, id)) && (await store.get(hook.id, id));
    if (row === null) throw missing(id);
    if (row.body === null) return null;
    await admit(hook);
    const { deliveryId, event, bodySha256 } = row;
    const headers = withTraceparent(row.headers, traceparent);
    const resendOf = row.resendOf ?? row.id;
    const body = new Uint8Array(row.body);
    const next = newDelivery({ ports }, hook, {
      ...{ deliveryId, event, bodySha256, headers, resendOf, body },
      startedBy: starterOf(by),
      depth,
    });
    if ((await store.add(next)) === "gone") throw missing(id);
    await begin(starting(), hook, next);
    const shown = await store.shown(hook.project, hook.id, next.id);
    if (shown === null) throw missing(next.id);
    return deliveryViewOf(shown);
  }
}

function bodyOf(bytes: Uint8Array | null): { body: string | null; base64: string | null } {
  if (bytes === null) return { body: null, base64: null };
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), base64: null };
  } catch {
    return { body: null, base64: new Uint8Array(bytes).toBase64() };
  }
}

function cursorOf({ receivedAt, id }: ListedDelivery): string {
  return `${receivedAt}.${id}`;
}

function placeOf(cursor: string | undefined): { receivedAt: number; id: string } | null {
  if (cursor === undefined) return null;
  const [, at, id] = /^(\d{1,15})\.(dlv_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw badCursor();
  return { receivedAt: Number(at), id };
}
