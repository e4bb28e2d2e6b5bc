import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { channelParams } from "./channels.ts";
import { listOf, pageQuery, timeField } from "./fields.ts";

/** What became of a message. `waiting`: it is sent at its time, or tried again. */
export const messageStatuses = ["waiting", "delivered", "refused", "failed", "lost"] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** One try of a message. */
export const messageTry = z.object({
  at: timeField,
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  /** The beginning of what was answered, credentials hidden. */
  answer: z.string(),
  durationMs: z.number().int(),
});

export const channelMessageView = z.object({
  id: z.string(),
  /** The event that it tells of; `step` and `test` besides. */
  event: z.string(),
  title: z.string(),
  text: z.string(),
  /** How many things it tells of. */
  count: z.number().int(),
  /** The rule that sends it; null: a workflow, or somebody who tries. */
  rule: z.string().nullable(),
  /** The workflow execution that sends it; null: a rule. */
  executionId: z.string().nullable(),
  status: z.enum(messageStatuses),
  createdAt: timeField,
  /** When it is sent, or tried again; null: it has ended. */
  nextAt: timeField.nullable(),
  tries: z.array(messageTry),
});
export type ChannelMessageView = z.output<typeof channelMessageView>;

export const listChannelMessages = endpoint({
  method: "GET",
  path: "/v1/channels/:id/messages",
  tag: "channels",
  summary: "What a channel was sent and what became of it, newest first",
  scope: "read",
  params: channelParams,
  query: z.strictObject({ ...pageQuery, status: z.enum(messageStatuses).optional() }),
  answer: listOf(channelMessageView),
  statuses: [200],
});

export const resendChannelMessage = endpoint({
  method: "POST",
  path: "/v1/channels/:id/messages/:message/resend",
  creates: true,
  tag: "channels",
  summary: "Sends a message again, as a new one",
  scope: "deploy",
  audit: { action: "channel.resend" },
  params: channelParams.extend({ message: z.string().min(1).max(100) }),
  answer: channelMessageView,
  statuses: [202],
});
