import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionFilter } from "./executions.ts";
import { timeField } from "./fields.ts";

const percentiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable();

export const executionTimings = z.object({
  /** Start of the first step and end of the last. */
  from: timeField,
  to: timeField,
  stepMs: z.number().int(),
  items: z.array(
    z.object({
      /** Milliseconds that the code ran, and that it waited for a runner; null: nothing ran. */
      run: percentiles,
      queue: percentiles,
      /** How many began in a new sandbox, and how many began. */
      cold: z.number().int(),
      started: z.number().int(),
    }),
  ),
  /** What was made before this time was too much to be looked at; null: all of it was. */
  measuredFrom: timeField.nullable(),
});
export type ExecutionTimings = z.output<typeof executionTimings>;

export const timeExecutions = endpoint({
  method: "GET",
  path: "/v1/executions/timings",
  tag: "executions",
  summary:
    "How long executions of a filter ran and waited over time (p50, p95, p99), and how many began cold: of the last 24 hours unless the filter says since when; the newest 10,000 of them",
  scope: "read",
  query: executionFilter.extend({
    /** How many steps at most. */
    steps: z.coerce.number().int().min(1).max(200).default(60),
  }),
  answer: executionTimings,
  statuses: [200],
});
