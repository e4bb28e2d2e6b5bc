import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionView } from "./executions.ts";
import { nameField } from "./fields.ts";
import { functionView } from "./functions.ts";
import { quotaNotice } from "./plans.ts";
import { runnerView } from "./runners.ts";

/** What can be followed; `execution:<id>` is one execution. */
export const eventTopics = ["executions", "functions", "runners", "quotas"] as const;
export type EventTopic = (typeof eventTopics)[number];

const topic = z
  .string()
  .regex(
    /^(executions|functions|runners|quotas|execution:exe_[0-9a-z]{1,40})$/,
    "must be executions, functions, runners, quotas or execution:<id>",
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
