import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { channelParams } from "./channels.ts";
import { listOf, nameField, timeField } from "./fields.ts";

/** What a rule can tell of. */
export const notificationEvents = [
  "failed",
  "recovered",
  "prompt",
  "runner-offline",
  "runner-online",
  "deploy",
  "split-rollback",
  "quota",
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

const clockField = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of the day such as 22:00");

const timezoneField = z
  .string()
  .max(64)
  .refine(isTimezone, "must be an IANA time zone such as Europe/Madrid");

function isTimezone(name: string): boolean {
  try {
    // A zone that is none throws; offsets such as +02:00 know no summer.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** Hours of the day in which a rule sends nothing; what came in them is sent together at their end. */
export const quietHours = z
  .strictObject({ from: clockField, to: clockField, timezone: timezoneField })
  .refine(({ from, to }) => from !== to, "must not begin when they end");
export type QuietHours = z.output<typeof quietHours>;

const template = z.string().min(1).max(4000);

/** Texts of a message; they may have `${{ … }}`. */
export const messageTemplate = z.strictObject({ title: template.optional(), text: template.optional() });
export type MessageTemplate = z.output<typeof messageTemplate>;

const settingsFields = {
  events: z
    .array(z.enum(notificationEvents))
    .min(1)
    .transform((events) => [...new Set(events)]),
  /** An expression: only what it is true for is told. */
  filter: z.string().min(1).max(1000).nullable().optional(),
  /** Failures of the same function or workflow in a row that it takes until one is told, and again after as many more. */
  times: z.number().int().min(1).max(1000).optional(),
  /** What comes within this time is told together. */
  digest: duration("10s", "7d").nullable().optional(),
  quiet: quietHours.nullable().optional(),
  template: messageTemplate.nullable().optional(),
  enabled: z.boolean().optional(),
};

export const channelRuleView = z.object({
  id: z.string(),
  name: z.string(),
  events: z.array(z.enum(notificationEvents)),
  filter: z.string().nullable(),
  times: z.number().int(),
  digestMs: z.number().int().nullable(),
  quiet: quietHours.nullable(),
  template: messageTemplate.nullable(),
  enabled: z.boolean(),
  createdBy: z.string(),
  createdAt: timeField,
  updatedAt: timeField,
});
export type ChannelRuleView = z.output<typeof channelRuleView>;

const ruleParams = channelParams.extend({ rule: z.string().min(1).max(100) });

export const listChannelRules = endpoint({
  method: "GET",
  path: "/v1/channels/:id/rules",
  tag: "channels",
  summary: "What a channel is told of",
  scope: "read",
  params: channelParams,
  answer: listOf(channelRuleView),
  statuses: [200],
});

export const createChannelRule = endpoint({
  method: "POST",
  path: "/v1/channels/:id/rules",
  creates: true,
  tag: "channels",
  summary: "Makes a rule: from now on the channel is told of these events",
  scope: "deploy",
  audit: { action: "channel.rule-create", body: ["name", "events", "filter"], answer: ["id"] },
  params: channelParams,
  body: z.strictObject({ name: nameField, ...settingsFields }),
  answer: channelRuleView,
  statuses: [201],
});

export const changeChannelRule = endpoint({
  method: "PATCH",
  path: "/v1/channels/:id/rules/:rule",
  tag: "channels",
  summary: "Changes a rule, by its id or its name",
  scope: "deploy",
  audit: { action: "channel.rule-change", body: ["events", "filter", "enabled"] },
  params: ruleParams,
  body: z.strictObject({ ...settingsFields, events: settingsFields.events.optional() }),
  answer: channelRuleView,
  statuses: [200],
});

export const deleteChannelRule = endpoint({
  method: "DELETE",
  path: "/v1/channels/:id/rules/:rule",
  tag: "channels",
  summary: "Deletes a rule; what it has told stays in the log",
  scope: "deploy",
  audit: { action: "channel.rule-delete" },
  params: ruleParams,
  statuses: [204],
});
