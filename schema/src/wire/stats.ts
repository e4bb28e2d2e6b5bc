import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { nameField, timeField } from "./fields.ts";

/** How far back, and how long each bar of a sparkline is. */
export const statsWindows = {
  "1h": { windowMs: 3_600_000, stepMs: 900_000 },
  "24h": { windowMs: 24 * 3_600_000, stepMs: 3_600_000 },
  "7d": { windowMs: 7 * 86_400_000, stepMs: 6 * 3_600_000 },
  "30d": { windowMs: 30 * 86_400_000, stepMs: 86_400_000 },
} as const;
export type StatsWindow = keyof typeof statsWindows;

const counts = z.array(z.number().int());

export const functionStats = z.object({
  name: nameField,
  /** The newest call, however long ago; drafts and builds are none. */
  lastRun: z.object({ id: z.string(), at: timeField, status: z.enum(executionStatuses) }).nullable(),
  /** Calls that ended in each step, oldest first: as many as `from`, `to` and `stepMs` say. What was cancelled is not counted. */
  ok: counts,
  failed: counts,
  /** Milliseconds that the code ran, to within 5 %; null: nothing ran. */
  durations: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
});
export type FunctionStats = z.output<typeof functionStats>;

export const statsView = z.object({
  /** Start of the first step and end of the last, which is the present one. */
  from: timeField,
  to: timeField,
  stepMs: z.number().int(),
  items: z.array(functionStats),
});
export type StatsView = z.output<typeof statsView>;

export const getStats = endpoint({
  method: "GET",
  path: "/v1/stats",
  tag: "stats",
  summary: "How calls ended, by function and time: sparklines, percentiles of durations, and the last run",
  scope: "read",
  query: z.strictObject({
    /** Names of functions, comma-separated or repeated, at most 200; absent: the first 200 by name. */
    name: z
      .preprocess(
        (value) => (typeof value === "string" ? value.split(",") : value),
        z.array(nameField).min(1).max(200),
      )
      .optional(),
    window: z.enum(Object.keys(statsWindows) as [StatsWindow, ...StatsWindow[]]).default("24h"),
  }),
  answer: statsView,
  statuses: [200],
});
