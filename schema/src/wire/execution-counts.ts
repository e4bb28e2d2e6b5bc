import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { executionFilter } from "./executions.ts";
import { timeField } from "./fields.ts";

export const executionCounts = z.object({
  /** Start of the first step and end of the last. */
  from: timeField,
  to: timeField,
  stepMs: z.number().int(),
  /** Of each state that there is any of: how many were made in each step, oldest first. */
  items: z.array(z.object({ status: z.enum(executionStatuses), counts: z.array(z.number().int()) })),
  /** What was made before this time was too much to be counted; null: all of it was. */
  countedFrom: timeField.nullable(),
});
export type ExecutionCounts = z.output<typeof executionCounts>;

export const countExecutions = endpoint({
  method: "GET",
  path: "/v1/executions/counts",
  tag: "executions",
  summary:
    "How many executions of a filter were made over time, by their present state: of the last 24 hours unless the filter says since when; the newest 100,000 that have to be looked at",
  scope: "read",
  query: executionFilter.extend({
    /** How many steps at most. */
    steps: z.coerce.number().int().min(1).max(200).default(60),
  }),
  answer: executionCounts,
  statuses: [200],
});
