import { sql } from "drizzle-orm";
import { blob, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { deliveryStatuses } from "../wire/deliveries.ts";
import type { HeaderList } from "../wire/job.ts";
import { type HmacSettings, providers, type WebhookTarget } from "../wire/webhooks.ts";
import type { Starter } from "./workflows.ts";

/** Addresses that providers deliver to. Their secrets are among the sealed values. Written only by the store of webhooks. */
export const webhooks = sqliteTable(
  "webhooks",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    provider: text({ enum: providers }).notNull(),
    /** Null: it is no generic HMAC. */
    hmac: text({ mode: "json" }).$type<HmacSettings | null>(),
    target: text({ mode: "json" }).$type<WebhookTarget>().notNull(),
    filter: text(),
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    toleranceMs: integer().notNull(),
    maxBytes: integer().notNull(),
    perMinute: integer().notNull(),
    /** The workflow and the trigger that it is of; null: it was made by itself. */
    workflowId: text(),
    triggerId: text(),
    /** Until when (epoch ms) the secret before counts too, and the next delivery is only kept. */
    oldSecretUntil: integer(),
    captureUntil: integer(),
    refusedCount: integer().notNull().default(0),
    refusedAt: integer(),
    lastDeliveryAt: integer(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("webhooks_name").on(t.project, t.name),
    index("webhooks_workflow").on(t.workflowId).where(sql`workflow_id IS NOT NULL`),
  ],
);

/** What was delivered, as it came. Written only by the store of deliveries. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    webhookId: text().notNull(),
    /** The provider's id; `sha256:…` of the body where it gives none. */
    deliveryId: text().notNull(),
    /** Null: it came from outside, where an id counts once. */
    resendOf: text(),
    /** What it is to start, as its webhook said when it came; null: that is over. */
    target: text({ mode: "json" }).$type<WebhookTarget | null>(),
    /** Who had it sent, as a test or a resend; null: the provider. */
    startedBy: text({ mode: "json" }).$type<Starter | null>(),
    /** How many calls through the gateway led to it: what it starts lies as deep. */
    depth: integer().notNull().default(0),
    bodySha256: text().notNull(),
    event: text(),
    status: text({ enum: deliveryStatuses }).notNull(),
    error: text(),
    /** The execution that it starts: of a workflow known before it is there. */
    executionId: text(),
    headers: text({ mode: "json" }).$type<HeaderList>().notNull(),
    /** Null: no longer kept. */
    body: blob({ mode: "buffer" }),
    bytes: integer().notNull(),
    receivedAt: integer().notNull(),
    /** While it waits: not tried again before this, epoch milliseconds. */
    nextAt: integer().notNull(),
    tries: integer().notNull().default(0),
  },
  (t) => [
    uniqueIndex("webhook_deliveries_once").on(t.webhookId, t.deliveryId).where(sql`resend_of IS NULL`),
    index("webhook_deliveries_newest").on(t.webhookId, t.receivedAt, t.id),
    index("webhook_deliveries_due").on(t.nextAt).where(sql`status = 'waiting'`),
    index("webhook_deliveries_age").on(t.receivedAt),
    // With their sizes, so that adding them up reads no body.
    index("webhook_deliveries_bodies")
      .on(t.project, t.receivedAt, t.id, t.bytes)
      .where(sql`body IS NOT NULL AND status <> 'waiting'`),
  ],
);
