import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { jsonValue, listOf, pageQuery, timeField } from "./fields.ts";
import { headerList } from "./job.ts";
import { webhookParams } from "./webhooks.ts";

const deliveryParams = webhookParams.extend({ delivery: z.string().min(1).max(100) });

/** What became of a delivery. `waiting`: it is stored and about to start something, or tried again. */
export const deliveryStatuses = ["waiting", "started", "filtered", "captured", "failed"] as const;

export const deliveryView = z.object({
  id: z.string(),
  webhook: z.string(),
  /** The provider's own id of it. */
  deliveryId: z.string(),
  event: z.string().nullable(),
  status: z.enum(deliveryStatuses),
  error: z.string().nullable(),
  executionId: z.string().nullable(),
  /** How that execution stands; null: there is none, or it is not kept any more. */
  executionStatus: z.string().nullable(),
  bytes: z.number().int(),
  tries: z.number().int(),
  receivedAt: timeField,
  /** The delivery that it sends again; null: it came from outside. */
  resendOf: z.string().nullable(),
});
export type DeliveryView = z.output<typeof deliveryView>;

export const deliveryRequest = deliveryView.extend({
  headers: headerList,
  /** The body as text where it is UTF-8; else null, and it is in `base64`. Both null: no longer kept. */
  body: z.string().nullable(),
  base64: z.string().nullable(),
});

export const listDeliveries = endpoint({
  method: "GET",
  path: "/v1/webhooks/:id/deliveries",
  tag: "webhooks",
  summary: "What a webhook was sent and what became of it, newest first",
  scope: "read",
  params: webhookParams,
  query: z.strictObject({
    ...pageQuery,
    status: z.enum(deliveryStatuses).optional(),
    since: timeField.optional(),
  }),
  answer: listOf(deliveryView),
  statuses: [200],
});

export const getDelivery = endpoint({
  method: "GET",
  path: "/v1/webhooks/:id/deliveries/:delivery",
  tag: "webhooks",
  summary: "One delivery with its request",
  scope: "read",
  params: deliveryParams,
  answer: deliveryRequest,
  statuses: [200],
});

export const resendDelivery = endpoint({
  method: "POST",
  path: "/v1/webhooks/:id/deliveries/:delivery/resend",
  creates: true,
  tag: "webhooks",
  summary: "Runs a delivery again as a new one, with the webhook's settings of now",
  scope: "execute",
  audit: { action: "webhook.resend", answer: ["executionId"] },
  params: deliveryParams,
  answer: deliveryView,
  statuses: [202],
});

export const resendSince = endpoint({
  method: "POST",
  path: "/v1/webhooks/:id/resend",
  creates: true,
  tag: "webhooks",
  summary:
    "Runs again what came since a time, oldest first, at most 100 in one call; resends and what is no longer kept are left out",
  scope: "execute",
  audit: { action: "webhook.resend-all", body: ["since", "status"] },
  params: webhookParams,
  body: z.strictObject({
    since: timeField,
    /** Only those that stand so. */
    status: z.enum(deliveryStatuses).optional(),
    limit: z.number().int().min(1).max(100).default(100),
    /** The `nextCursor` of the call before. */
    cursor: z.string().max(500).optional(),
  }),
  /** What was sent again, as new deliveries. */
  answer: listOf(deliveryView),
  statuses: [202],
});

export const receipt = z.object({
  status: z.enum(["accepted", "filtered", "captured", "duplicate"]),
  /** Our own id of it: what it is found and sent again by. */
  delivery: z.string(),
  /** Null: nothing was started, or it is started a little later. */
  executionId: z.string().nullable(),
});
export type Receipt = z.output<typeof receipt>;

export const testWebhook = endpoint({
  method: "POST",
  path: "/v1/webhooks/:id/test",
  tag: "webhooks",
  summary: "Signs a sample as the provider would, and delivers it for real",
  scope: "execute",
  audit: { action: "webhook.test" },
  params: webhookParams,
  body: z.strictObject({
    payload: jsonValue.optional(),
    event: z
      .string()
      .max(100)
      .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, "must be visible ASCII characters")
      .optional(),
  }),
  answer: receipt,
  statuses: [200, 202],
});

export const deliver = endpoint({
  method: "POST",
  path: "/hooks/:id",
  tag: "webhooks",
  summary: "Where providers deliver to: checked over the bytes, stored, and then run",
  scope: "public",
  audit: { exempt: "deliveries have a log of their own" },
  params: z.object({ id: z.string() }),
  rawBody: [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/octet-stream",
  ],
  answer: receipt,
  rawAnswer: ["text/plain"],
  statuses: [200, 202],
});
