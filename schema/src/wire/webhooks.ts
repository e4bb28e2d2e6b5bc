import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { jsonValue, listOf, nameField, pageQuery, timeField } from "./fields.ts";

/** Who sends: it decides which headers are read and how the signature is made. */
export const providers = [
  "github",
  "gitea",
  "forgejo",
  "gitlab",
  "gitlab-token",
  "stripe",
  "slack",
  "standard",
  "hmac",
] as const;
export type Provider = (typeof providers)[number];

/** How often a sender may deliver where nobody said, a minute. */
export const deliveriesPerMinute = 6000;
export const bodyMostByDefault = 2 ** 20;
/** How far the time of a signature may be away where nobody said, in milliseconds. */
export const toleranceByDefault = 300_000;
/** What an endpoint may be set to. */
export const bodyMost = 6 * 2 ** 20;

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, "must be the name of a header")
  .transform((name) => name.toLowerCase());

const hmacSettings = z.strictObject({
  header: headerName.default("x-signature-256"),
  algorithm: z.enum(["sha256", "sha512", "sha1"]).default("sha256"),
  encoding: z.enum(["hex", "base64"]).default("hex"),
  /** What stands before the digest in its header. */
  prefix: z
    .string()
    .max(50)
    .regex(/^[\x21-\x7e]*$/)
    .default(""),
  secretEncoding: z.enum(["text", "base64", "hex"]).default("text"),
  /** What is signed: the body, with `{timestamp}` and `{id}` from their headers before or after it. */
  signed: z
    .string()
    .max(200)
    .refine((text) => text.split("{body}").length === 2, "must have {body} once")
    .default("{body}"),
  timestampHeader: headerName.nullable().default(null),
  idHeader: headerName.nullable().default(null),
  eventHeader: headerName.nullable().default(null),
});
export type HmacSettings = z.output<typeof hmacSettings>;

/** The settings of a generic HMAC that nobody set. */
export const hmacByDefault: HmacSettings = hmacSettings.parse({});

/**
 * What stands between the id and the rest of what is signed, on the side of the body; null: no id is signed. An id with this in it would give what is
 * signed a second reading.
 */
export function idSeparator(signed: string): string | null {
  const [before = "", after] = signed.split("{id}");
  if (after === undefined) return null;
  return after.includes("{body}") ? (after.split("{", 1)[0] ?? "") : (before.split("}").at(-1) ?? "");
}

const hmacField = hmacSettings
  .refine(
    ({ signed, timestampHeader, idHeader }) =>
      signed.includes("{timestamp}") === (timestampHeader !== null) &&
      (!signed.includes("{id}") || idHeader !== null),
    "what is signed and the headers must agree: {timestamp} needs timestampHeader and the other way round, {id} needs idHeader",
  )
  .refine(
    ({ signed }) => signed.split("{id}").length <= 2 && idSeparator(signed) !== "",
    "what is signed may have {id} once, with something between it and what stands beside it on the side of {body}",
  );

/** `name`, or `name@version-or-alias`. */
const reference = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}(@[a-z0-9_-]{1,63})?$/, "must be a name, or name@version");

/** What a target gives to what it starts, as JSON: it is kept with everything that waits. */
const givenBytesMost = 65_536;
const isShort = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value ?? null)).length <= givenBytesMost;
const tooLong = `must be at most ${givenBytesMost} bytes as JSON`;

export const webhookTarget = z.union([
  z.strictObject({
    function: reference,
    /** What it is given in place of the request itself; texts may have `${{ payload.… }}`. */
    input: jsonValue.refine(isShort, tooLong).optional(),
  }),
  z.strictObject({
    workflow: reference,
    /** Its inputs; texts may have `${{ payload.… }}`. */
    inputs: z.record(z.string(), jsonValue).refine(isShort, tooLong).optional(),
  }),
]);
export type WebhookTarget = z.output<typeof webhookTarget>;

const secretField = z.string().min(1).max(1000);
const filterField = z.string().min(1).max(1000);
const toleranceField = duration("1s", "1h");
const maxBytesField = z.number().int().min(1024).max(bodyMost);
const perMinuteField = z.number().int().min(1).max(100_000);

export const webhookView = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  provider: z.enum(providers),
  hmac: hmacSettings.nullable(),
  target: webhookTarget,
  filter: z.string().nullable(),
  enabled: z.boolean(),
  toleranceMs: z.number().int(),
  maxBytes: z.number().int(),
  perMinute: z.number().int(),
  /** Until when the secret before the present one is accepted too; null: it is not. */
  oldSecretUntil: timeField.nullable(),
  /** Until when the next delivery is only kept; null: the next one runs. */
  captureUntil: timeField.nullable(),
  /** Requests that were refused for their signature, and the last one. */
  refused: z.object({ count: z.number().int(), lastAt: timeField.nullable() }),
  lastDeliveryAt: timeField.nullable(),
  /** The trigger of a workflow that it is; null: it was made by itself. */
  trigger: z.object({ workflow: z.string(), id: z.string() }).nullable(),
  createdBy: z.string(),
  createdAt: timeField,
  updatedAt: timeField,
});
export type WebhookView = z.output<typeof webhookView>;

const settingsFields = {
  target: webhookTarget,
  filter: filterField.nullable().optional(),
  hmac: hmacField.optional(),
  tolerance: toleranceField.optional(),
  maxBytes: maxBytesField.optional(),
  perMinute: perMinuteField.optional(),
  enabled: z.boolean().optional(),
};

/** A webhook in a path: its id or its name. One of a workflow's triggers is called `workflow:trigger`. */
export const webhookParams = z.object({ id: z.string().min(1).max(300) });

export const listWebhooks = endpoint({
  method: "GET",
  path: "/v1/webhooks",
  tag: "webhooks",
  summary: "The project's webhooks, never their secrets",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(webhookView),
  statuses: [200],
});

/** A webhook that is to be made. */
export const newWebhook = z.strictObject({
  name: nameField,
  provider: z.enum(providers),
  secret: secretField.optional(),
  ...settingsFields,
});

export const createWebhook = endpoint({
  method: "POST",
  path: "/v1/webhooks",
  creates: true,
  tag: "webhooks",
  summary:
    "Makes an address that a provider delivers to; a secret that is not given is made, and shown this once",
  scope: "deploy",
  audit: { action: "webhook.create", body: ["name", "provider", "filter"], answer: ["id"] },
  body: newWebhook,
  answer: webhookView.extend({
    /** The secret that was made; absent: it was given. */
    secret: z.string().optional(),
  }),
  statuses: [201],
});

export const getWebhook = endpoint({
  method: "GET",
  path: "/v1/webhooks/:id",
  tag: "webhooks",
  summary: "One webhook, by its id or its name",
  scope: "read",
  params: webhookParams,
  answer: webhookView,
  statuses: [200],
});

export const changeWebhook = endpoint({
  method: "PATCH",
  path: "/v1/webhooks/:id",
  tag: "webhooks",
  summary:
    "Changes a webhook; its provider stays, and what one of a workflow's trigger starts is changed with the workflow",
  scope: "deploy",
  audit: { action: "webhook.change", body: ["filter", "enabled"] },
  params: webhookParams,
  body: z.strictObject({ ...settingsFields, target: webhookTarget.optional() }),
  answer: webhookView,
  statuses: [200],
});

export const deleteWebhook = endpoint({
  method: "DELETE",
  path: "/v1/webhooks/:id",
  tag: "webhooks",
  summary: "Deletes a webhook with its secret and its deliveries; what they started stays",
  scope: "deploy",
  audit: { action: "webhook.delete" },
  params: webhookParams,
  statuses: [204],
});

export const rotateWebhook = endpoint({
  method: "POST",
  path: "/v1/webhooks/:id/rotate",
  creates: true,
  tag: "webhooks",
  summary: "Gives a webhook another secret; the present one is accepted beside it for a while",
  scope: "deploy",
  audit: { action: "webhook.rotate" },
  params: webhookParams,
  body: z.strictObject({ secret: secretField.optional(), overlap: duration("0s", "30d").optional() }),
  answer: z.object({
    id: z.string(),
    secret: z.string().optional(),
    oldSecretUntil: timeField.nullable(),
  }),
  statuses: [200],
});

export const setUpWebhook = endpoint({
  method: "GET",
  path: "/v1/webhooks/:id/setup",
  tag: "webhooks",
  summary: "What to type where at the provider, as text",
  scope: "read",
  params: webhookParams,
  answer: z.object({ provider: z.enum(providers), url: z.string(), text: z.string() }),
  statuses: [200],
});

export const captureWebhook = endpoint({
  method: "POST",
  path: "/v1/webhooks/:id/capture",
  tag: "webhooks",
  summary: "The next delivery within ten minutes is kept and starts nothing",
  scope: "deploy",
  audit: { action: "webhook.capture" },
  params: webhookParams,
  answer: webhookView,
  statuses: [200],
});
