import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { listOf, nameField, pageQuery, timeField } from "./fields.ts";

/** Where messages can go. */
export const channelTypes = ["email", "slack", "discord", "telegram", "ntfy", "teams", "webhook"] as const;
export type ChannelType = (typeof channelTypes)[number];

const urlField = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .meta({ description: "An http:// or https:// URL" });
/** A server without a slash at its end. */
const serverField = urlField.transform((text) => text.replace(/\/+$/, ""));
const tokenField = z
  .string()
  .max(500)
  .regex(/^[\x21-\x7e]+$/, "must be visible ASCII characters");
const mailAddress = z.email().max(254);

/** How a channel is reached. What is a credential of it is sealed, and never shown again. */
export const channelSettings = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("email"), to: z.array(mailAddress).min(1).max(50) }),
  z.strictObject({ type: z.literal("slack"), url: urlField }),
  z.strictObject({ type: z.literal("discord"), url: urlField }),
  z.strictObject({
    type: z.literal("telegram"),
    token: z.string().regex(/^\d{1,20}:[A-Za-z0-9_-]{20,100}$/, "must be the token of a bot: 123456:ABC…"),
    /** The number of a chat, or `@name` of a public one. */
    chat: z.string().regex(/^(-?\d{1,20}|@[A-Za-z0-9_]{4,64})$/, "must be the number of a chat, or @name"),
    thread: z.number().int().min(1).optional(),
    server: serverField.optional(),
  }),
  z.strictObject({
    type: z.literal("ntfy"),
    topic: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1–64 letters, digits, _ and -"),
    server: serverField.optional(),
    token: tokenField.optional(),
  }),
  z.strictObject({ type: z.literal("teams"), url: urlField }),
  z.strictObject({
    type: z.literal("webhook"),
    url: urlField,
    /** `whsec_…`; without it one is made, and shown once. */
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "must be whsec_ and Base64 of 24 to 64 bytes")
      .optional(),
  }),
]);
export type ChannelSettings = z.output<typeof channelSettings>;

/** What may be shown of a channel: to whom it goes, and nothing that is a credential. */
export const channelView = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(channelTypes),
  /** `hooks.slack.com`, a topic, an address of mail. */
  to: z.string(),
  enabled: z.boolean(),
  /** What became of the last message that was tried; null: none was. */
  last: z.object({ delivered: z.boolean(), at: timeField, error: z.string().nullable() }).nullable(),
  createdBy: z.string(),
  createdAt: timeField,
  updatedAt: timeField,
});
export type ChannelView = z.output<typeof channelView>;

/** A channel in a path: its id or its name. */
export const channelParams = z.object({ id: z.string().min(1).max(100) });

export const listChannels = endpoint({
  method: "GET",
  path: "/v1/channels",
  tag: "channels",
  summary: "Where the project's messages go, never their credentials",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(channelView),
  statuses: [200],
});

export const createChannel = endpoint({
  method: "POST",
  path: "/v1/channels",
  creates: true,
  tag: "channels",
  summary: "Makes a channel; the secret of a webhook that is not given is made, and shown this once",
  scope: "deploy",
  audit: { action: "channel.create", body: ["name"], answer: ["id", "type", "to"] },
  body: z.strictObject({ name: nameField, settings: channelSettings, enabled: z.boolean().optional() }),
  answer: channelView.extend({ secret: z.string().optional() }),
  statuses: [201],
});

export const getChannel = endpoint({
  method: "GET",
  path: "/v1/channels/:id",
  tag: "channels",
  summary: "One channel, by its id or its name",
  scope: "read",
  params: channelParams,
  answer: channelView,
  statuses: [200],
});

export const changeChannel = endpoint({
  method: "PATCH",
  path: "/v1/channels/:id",
  tag: "channels",
  summary: "Changes a channel; its type stays, and new settings take the place of all of the old ones",
  scope: "deploy",
  audit: { action: "channel.change", body: ["enabled"], answer: ["to"] },
  params: channelParams,
  body: z.strictObject({ settings: channelSettings.optional(), enabled: z.boolean().optional() }),
  answer: channelView.extend({ secret: z.string().optional() }),
  statuses: [200],
});

export const deleteChannel = endpoint({
  method: "DELETE",
  path: "/v1/channels/:id",
  tag: "channels",
  summary: "Deletes a channel with its credential, its rules and its messages",
  scope: "deploy",
  audit: { action: "channel.delete" },
  params: channelParams,
  statuses: [204],
});

export const testChannel = endpoint({
  method: "POST",
  path: "/v1/channels/:id/test",
  tag: "channels",
  summary: "Sends a message now, once, and shows what the receiver answered",
  scope: "deploy",
  audit: { action: "channel.test", answer: ["delivered", "status"] },
  params: channelParams,
  body: z.strictObject({ text: z.string().max(2000).optional() }),
  answer: z.object({
    message: z.string(),
    delivered: z.boolean(),
    /** The status of the answer, of HTTP or of SMTP; null: there was none. */
    status: z.number().int().nullable(),
    /** The beginning of what was answered, credentials hidden. */
    answer: z.string(),
    error: z.string().nullable(),
    durationMs: z.number().int(),
  }),
  statuses: [200],
});
