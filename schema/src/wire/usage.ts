import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

const amounts = {
  /** That ended in this time, in whatever way; builds are left out. */
  executions: z.number().int(),
  /** That the code ran, all attempts together. */
  runSeconds: z.number(),
  /** Run time times the memory of the sandbox. */
  gbSeconds: z.number(),
  /** Of request bodies, as far as they were known when the call came. */
  bytesIn: z.number().int(),
  /** Of response bodies. */
  bytesOut: z.number().int(),
};

export const usageRow = z.object({
  /** The day, the name of the function, or the id of the key or person that called (`anonymous`: nobody; empty: the gateway itself). */
  group: z.string(),
  /** What the key or person is called, as far as it is still known; null for days and functions. */
  name: z.string().nullable(),
  ...amounts,
});
export type UsageRow = z.output<typeof usageRow>;

export const usageView = z.object({
  /** Whole hours: what was asked for, and the hour of its beginning and end. */
  from: timeField,
  to: timeField,
  by: z.enum(["day", "function", "key"]),
  items: z.array(usageRow),
  total: z.object(amounts),
  /** What is stored now, as it was last measured; null: not yet. Counted about once an hour. */
  storage: z
    .object({
      measuredAt: timeField,
      bundleBytes: z.number().int(),
      payloadBytes: z.number().int(),
      logBytes: z.number().int(),
    })
    .nullable(),
});
export type UsageView = z.output<typeof usageView>;

export const getUsage = endpoint({
  method: "GET",
  path: "/v1/usage",
  tag: "usage",
  summary:
    "What the project used, by day, function or key, from hourly counts; CSV by `Accept: text/csv` or `format=csv`",
  scope: "read",
  query: z.strictObject({
    /** Absent: the beginning of this month, UTC. Counted is from the beginning of its hour. */
    since: timeField.optional(),
    /** Absent: now. Counted is up to the end of its hour. */
    until: timeField.optional(),
    by: z.enum(["day", "function", "key"]).default("day"),
    format: z.enum(["json", "csv"]).optional(),
  }),
  answer: usageView,
  rawAnswer: ["text/csv"],
  statuses: [200],
});
