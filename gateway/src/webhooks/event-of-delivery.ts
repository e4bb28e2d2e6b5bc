import { eventDataMost } from "@pulse/schema/wire/emit";
import type { DeliveryRow } from "./delivery-store.ts";
import { payloadOf } from "./payload.ts";
import type { WebhookRow } from "./store.ts";

/** Words in names of headers that credentials stand under; what is kept of a delivery has none of those that prove it in any case. */
const credentials = /auth|cookie|credential|key|passw|secret|session|sign|token/;

/** What the steps of a run see as `event` that a delivery started: what its webhook's filter sees, but for headers with credentials and a payload of more than an event may have (null). */
export function eventOfDelivery(
  { id, name, provider }: Pick<WebhookRow, "id" | "name" | "provider">,
  row: Pick<DeliveryRow, "headers" | "body" | "event" | "deliveryId" | "receivedAt">,
) {
  const body = new Uint8Array(row.body ?? []);
  const headers = Object.fromEntries(row.headers);
  const isWhole = body.length <= eventDataMost;
  return {
    payload: isWhole ? payloadOf(provider, headers["content-type"] ?? null, body) : null,
    headers: Object.fromEntries(row.headers.filter(([name]) => !credentials.test(name))),
    event: row.event,
    delivery: { id: row.deliveryId, receivedAt: new Date(row.receivedAt).toISOString() },
    webhook: { id, name, provider },
  };
}
