import type { DeliveryView } from "@pulse/schema/wire/deliveries";
import type { WebhookView } from "@pulse/schema/wire/webhooks";
import { viewsBySubject } from "../events/views-by-subject.ts";
import type { Deps } from "../http/context.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { createDeliveryStore, type ListedDelivery } from "./delivery-store.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();
const timeOr = (ms: number | null) => (ms === null ? null : time(ms));
/** A time that is still to come, and null for one that is over. */
const ahead = (ms: number | null, now: number) => (ms === null || ms <= now ? null : time(ms));

/** Where a webhook is delivered to. */
export function urlOf(publicUrl: string, { id }: Pick<WebhookRow, "id">): string {
  return `${publicUrl}/hooks/${id}`;
}

/** A webhook as the API shows it. */
export function webhookViewOf(row: WebhookRow, publicUrl: string, now: number): WebhookView {
  const { id, name, provider, hmac, target, filter, enabled, toleranceMs, maxBytes, perMinute, createdBy } =
    row;
  return {
    ...{ id, name, url: urlOf(publicUrl, row), provider, hmac, target, filter, enabled },
    ...{ toleranceMs, maxBytes, perMinute, createdBy },
    oldSecretUntil: ahead(row.oldSecretUntil, now),
    captureUntil: ahead(row.captureUntil, now),
    refused: { count: row.refusedCount, lastAt: timeOr(row.refusedAt) },
    lastDeliveryAt: timeOr(row.lastDeliveryAt),
    trigger: triggerOf(row),
    createdAt: time(row.createdAt),
    updatedAt: time(row.updatedAt),
  };
}

function triggerOf({ triggerId, target }: WebhookRow): WebhookView["trigger"] {
  // Its target is the workflow it is written in.
  return triggerId === null || !("workflow" in target) ? null : { workflow: target.workflow, id: triggerId };
}

/** A delivery as the API shows it, without its request. */
export function deliveryViewOf(row: ListedDelivery): DeliveryView {
  const { id, webhookId, deliveryId, event, status, error, executionId, executionStatus } = row;
  return {
    ...{ id, webhook: webhookId, deliveryId, event, status, error, executionStatus },
    // The one of a workflow has an id before it is there.
    executionId: status === "started" ? executionId : null,
    ...{ bytes: row.bytes, tries: row.tries, receivedAt: time(row.receivedAt), resendOf: row.resendOf },
  };
}

/** The webhooks of these subjects of events as somebody sees them: null, that one is gone; nothing at all of one that is not theirs to see. */
export async function webhooksBySubject(
  { ports, config }: Deps,
  by: Exclude<Viewer, string>,
  subjects: readonly string[],
): Promise<Map<string, WebhookView | null>> {
  const store = createWebhookStore(ports.database);
  return await viewsBySubject(ports.database, by, subjects, async (ids) =>
    (await store.some(by, ids)).map((row) => webhookViewOf(row, config.publicUrl, ports.now())),
  );
}

/** The deliveries of these ids that somebody sees. */
export async function deliveriesById(
  { ports }: Deps,
  by: Viewer,
  ids: readonly string[],
): Promise<Map<string, DeliveryView>> {
  const rows = await createDeliveryStore(ports.database).some(by, ids);
  return new Map(rows.map((row) => [row.id, deliveryViewOf(row)]));
}
