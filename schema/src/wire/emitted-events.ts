import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { eventName, jsonValue, listOf, pageQuery, timeField } from "./fields.ts";

/** An event that was emitted, without what it says. */
export const emittedItem = z.object({
  id: z.string(),
  name: eventName,
  at: timeField,
  /** Who emitted it: `key:ci`, `user:ana`; of a job, its execution. */
  by: z.string(),
  /** How many calls through the gateway led to it. */
  depth: z.number().int(),
  /** How many triggers named it, and how many of them have started something. */
  subscribers: z.number().int(),
  started: z.number().int(),
});
export type EmittedItem = z.output<typeof emittedItem>;

/** What became of a trigger that named an event. `passed`: its `match` did not let it through, or it may not be started by whoever emitted. */
export const subscriberView = z.object({
  kind: z.enum(["workflow", "function"]),
  name: z.string(),
  trigger: z.string(),
  status: z.enum(["waiting", "started", "passed", "failed"]),
  attempts: z.number().int(),
  executionId: z.string().nullable(),
  error: z.string().nullable(),
});

export const emittedWhole = emittedItem.extend({
  data: jsonValue,
  /** Those that the caller may see. */
  triggers: z.array(subscriberView),
});
export type EmittedWhole = z.output<typeof emittedWhole>;

export const listEmitted = endpoint({
  method: "GET",
  path: "/v1/emitted-events",
  tag: "events",
  summary: "Events that were emitted, newest first, for the week that they are kept",
  scope: "read",
  query: z.strictObject({
    ...pageQuery,
    name: eventName.optional(),
    since: timeField.optional(),
    until: timeField.optional(),
  }),
  answer: listOf(emittedItem),
  statuses: [200],
});

export const getEmitted = endpoint({
  method: "GET",
  path: "/v1/emitted-events/:id",
  tag: "events",
  summary: "One event with what it says and what it started",
  scope: "read",
  params: z.object({ id: z.string().min(1).max(100) }),
  answer: emittedWhole,
  statuses: [200],
});
