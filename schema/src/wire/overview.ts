import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { firstSteps } from "../overview.ts";
import { executionStatuses, liveStatuses } from "../status.ts";
import { timeField } from "./fields.ts";
import { type StatsWindow, statsWindows } from "./stats.ts";

export const overviewView = z.object({
  /** Start of the first step and end of the last, which is the present one. */
  from: timeField,
  to: timeField,
  stepMs: z.number().int(),
  /** Executions made in that time by the status that they have now: a number for each step, oldest first. A status without any is left out. */
  made: z.partialRecord(z.enum(executionStatuses), z.array(z.number().int())),
  /** Executions that have not ended, whenever they were made, each status counted up to 10,000. */
  live: z.record(z.enum(liveStatuses), z.number().int()),
  /** False: of a status only the newest 10,000 were counted. */
  isWhole: z.boolean(),
  /** What was done of the first steps: a runner connected, a function has a version, an execution ended, a webhook or schedule is there. */
  firstSteps: z.record(z.enum(firstSteps), z.boolean()),
});
export type Overview = z.output<typeof overviewView>;

export const getOverview = endpoint({
  method: "GET",
  path: "/v1/overview",
  tag: "stats",
  summary: "The project at a glance: executions by status and time, what has not ended, and the first steps",
  scope: "read",
  query: z.strictObject({
    window: z.enum(Object.keys(statsWindows) as [StatsWindow, ...StatsWindow[]]).default("24h"),
  }),
  answer: overviewView,
  statuses: [200],
});
