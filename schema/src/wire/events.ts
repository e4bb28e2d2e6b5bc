import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { auditEntry } from "./audit.ts";
import { channelMessageView } from "./channel-messages.ts";
import { channelView } from "./channels.ts";
import { deliveryView } from "./deliveries.ts";
import { executionView } from "./executions.ts";
import { nameField } from "./fields.ts";
import { functionView } from "./functions.ts";
import { quotaNotice } from "./plans.ts";
import { runnerView } from "./runners.ts";
import { scheduleView, tickView } from "./schedules.ts";
import { webhookView } from "./webhooks.ts";
import { workflowItem } from "./workflows.ts";

/** What can be followed; `execution:<id>` is one execution. */
export const eventTopics = [
  ...(["executions", "functions", "runners", "quotas", "workflows", "webhooks", "deliveries"] as const),
  ...(["schedules", "ticks", "channels", "messages", "settings", "audit"] as const),
] as const;
/** What `settings` tells of: that something there is new, changed or gone, and not what. */
export const toldSettings = ["secrets", "keys", "users"] as const;
export type EventTopic = (typeof eventTopics)[number];

const topic = z
  .string()
  .regex(
    new RegExp(`^(${eventTopics.join("|")}|execution:exe_[0-9a-z]{1,40})$`),
    `must be ${eventTopics.join(", ")} or execution:<id>`,
  );

/** The `data` of each `event:` of the stream, as JSON. What is told is how the thing is now; null: it is gone. */
export const streamEvents = {
  /** The stream has begun at this id: what changes from now on is told. `resumed`: it goes on where `Last-Event-ID` ended. */
  ready: z.object({ resumed: z.boolean() }),
  /** What lies between is no longer kept: read everything again. */
  reset: z.object({}),
  executions: z.object({ execution: executionView }),
  functions: z.object({ name: nameField, function: functionView.nullable() }),
  runners: z.object({ name: nameField, runner: runnerView.nullable() }),
  /** A part of a quota is used up; `name` is the quota and the percent, `executions:80`. Said once in a month. */
  quotas: z.object({ name: z.string(), quota: quotaNotice.nullable() }),
  /** Its newest definition, its aliases, and whether it may be started. Nothing is told of one that the reader may not view. */
  workflows: z.object({ name: nameField, workflow: workflowItem.nullable() }),
  /** Nothing is told of one that starts a workflow which the reader may not view; the same goes for schedules. */
  webhooks: z.object({ id: z.string(), webhook: webhookView.nullable() }),
  /** What a webhook was sent, and what became of it; how its execution stands is told by `executions`. */
  deliveries: z.object({ delivery: deliveryView }),
  schedules: z.object({ id: z.string(), schedule: scheduleView.nullable() }),
  /** What became of a tick of a schedule. */
  ticks: z.object({ tick: tickView }),
  /** A channel, or one of its rules. */
  channels: z.object({ id: z.string(), channel: channelView.nullable() }),
  /** What a channel is sent, but for what tells of executions that the reader may not see. */
  messages: z.object({ channel: z.string(), message: channelMessageView }),
  /** Somebody changed secrets, keys or people of the project; of people administrators alone are told. */
  settings: z.object({ of: z.enum(toldSettings) }),
  /** An entry that got its place in the audit; administrators alone are told. */
  audit: z.object({ entry: auditEntry }),
} as const;

export const followEvents = endpoint({
  method: "GET",
  path: "/v1/events",
  tag: "events",
  summary:
    "One stream of what changes (SSE), by topic; resumes after `Last-Event-ID` (or `after`) without gap or repeat, for a day",
  scope: "read",
  query: z.strictObject({
    /** Comma-separated. */
    topics: z.preprocess(
      (value) => (typeof value === "string" ? value.split(",") : value),
      z.array(topic).min(1).max(50),
    ),
    after: z.coerce.number().int().min(0).optional(),
  }),
  rawAnswer: ["text/event-stream"],
  statuses: [200],
});
