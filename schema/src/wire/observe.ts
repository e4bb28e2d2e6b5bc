import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

export const getMetrics = endpoint({
  method: "GET",
  path: "/metrics",
  tag: "operations",
  summary:
    "What Prometheus scrapes: executions, waits, runners, slots and deliveries of all projects; with the metrics token or a key of the gateway's admin",
  scope: "metrics",
  rawAnswer: ["text/plain"],
  statuses: [200],
});

export const scalingView = z.object({
  at: timeField,
  pools: z.array(
    z.object({
      project: z.string(),
      pool: z.string(),
      /** Executions that are due and wait for a runner; counted among the 10,000 that wait longest of all pools. */
      queued: z.number().int(),
      /** Those of them that a free slot could begin: not what waits for the cap of its function. */
      startable: z.number().int(),
      /** How long the oldest of them is due, seconds; null: nothing waits. */
      oldestSeconds: z.number().nullable(),
      /** Runners that are online and take work, their slots, and how many of these are in use. */
      runners: z.number().int(),
      slots: z.number().int(),
      used: z.number().int(),
      /** What a runner has: the mean of those that are there, else what was asked for with `slots`. */
      slotsPerRunner: z.number(),
      /** As many runners as what runs and could begin needs, at the least. */
      desiredRunners: z.number().int(),
    }),
  ),
  /** False: more than 10,000 executions wait, or a part of the hub did not answer. */
  isWhole: z.boolean(),
});
export type ScalingView = z.output<typeof scalingView>;

export const getScaling = endpoint({
  method: "GET",
  path: "/metrics/scaling",
  tag: "operations",
  summary: "What waits and runs in each pool of all projects, and how many runners it wants",
  scope: "metrics",
  query: z.strictObject({
    /** Only this project, only this pool. One that is asked for by both is told of though nothing is there. */
    project: z.string().min(1).max(100).optional(),
    pool: z.string().min(1).max(100).optional(),
    /** Slots of a runner, where none is there to tell. */
    slots: z.coerce.number().int().min(1).max(1000).default(4),
  }),
  answer: scalingView,
  statuses: [200],
});
