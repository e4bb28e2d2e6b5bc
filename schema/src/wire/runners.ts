import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { labelsField, listOf, nameField, pageQuery, timeField } from "./fields.ts";
import { runnerMetrics } from "./runner-protocol.ts";

/** How often what a runner says of its machine is kept, in milliseconds, and how many such samples: half an hour. */
export const sampleEveryMs = 30_000;
export const samplesKept = 60;

export const runnerSample = z.object({
  /** Epoch ms. */
  at: z.number().int(),
  /** The share of all CPUs that was busy, 0 to 1. */
  cpu: z.number(),
  /** The share of memory that was in use, 0 to 1. */
  memory: z.number(),
  /** The load of the last minute. */
  load: z.number(),
});
export type RunnerSample = z.output<typeof runnerSample>;

export const runnerView = z.object({
  id: z.string(),
  name: z.string(),
  pool: z.string(),
  labels: labelsField,
  status: z.enum(["online", "unreachable", "offline"]),
  state: z.enum(["active", "draining", "maintenance"]),
  version: z.string().nullable(),
  capabilities: z.array(z.string()),
  /** Why it takes no work yet, such as "preparing image"; null when it does. */
  preparing: z.string().nullable(),
  running: z.number().int(),
  slots: z.number().int(),
  lastSeenAt: timeField.nullable(),
  metrics: runnerMetrics.nullable(),
  /** With `full=true`: the last half hour of its machine, oldest first, as far as the gateway has heard it since its own start. */
  samples: z.array(runnerSample).optional(),
  /** With `full=true`: the versions that it has sandboxes warm for. */
  warm: z.array(z.object({ function: z.string(), version: z.number().int() })).optional(),
  facts: z.record(z.string(), z.unknown()).nullable(),
});
export type RunnerView = z.output<typeof runnerView>;

const byName = z.object({ name: z.string() });

export const listRunners = endpoint({
  method: "GET",
  path: "/v1/runners",
  tag: "runners",
  summary: "Runners with their presence",
  scope: "read",
  query: z.strictObject({ ...pageQuery, full: z.literal("true").optional() }),
  answer: listOf(runnerView),
  statuses: [200],
});

export const patchRunner = endpoint({
  method: "PATCH",
  path: "/v1/runners/:name",
  tag: "runners",
  summary: "Change a runner's labels or name",
  scope: "admin",
  audit: { action: "runner.change" },
  params: byName,
  body: z.strictObject({ labels: labelsField.optional(), name: nameField.optional() }),
  answer: runnerView,
  statuses: [200],
});

export const deleteRunner = endpoint({
  method: "DELETE",
  path: "/v1/runners/:name",
  tag: "runners",
  summary: "Revoke a runner; its leases are resolved at once",
  scope: "admin",
  audit: { action: "runner.delete" },
  params: byName,
  statuses: [204],
});

export const drainRunner = endpoint({
  method: "POST",
  path: "/v1/runners/:name/drain",
  tag: "runners",
  summary: "Let a runner finish what it has and take nothing new",
  scope: "admin",
  audit: { action: "runner.drain" },
  params: byName,
  answer: runnerView,
  statuses: [200],
});

export const resumeRunner = endpoint({
  method: "POST",
  path: "/v1/runners/:name/resume",
  tag: "runners",
  summary: "Let a drained runner take work again",
  scope: "admin",
  audit: { action: "runner.resume" },
  params: byName,
  answer: runnerView,
  statuses: [200],
});

export const createEnrolmentToken = endpoint({
  method: "POST",
  path: "/v1/enrolment-tokens",
  creates: true,
  tag: "runners",
  summary: "Make a token with which a runner can enrol",
  scope: "admin",
  audit: {
    action: "enrolment_token.create",
    body: ["pool", "labels", "uses", "expiresIn", "ephemeral"],
    answer: ["expiresAt"],
  },
  body: z.strictObject({
    pool: nameField.default("default"),
    labels: labelsField.default({}),
    uses: z.number().int().min(1).max(1000).default(1),
    expiresIn: duration("1s", "30d").default(3_600_000),
    ephemeral: z.boolean().default(false),
  }),
  answer: z.object({ token: z.string(), expiresAt: timeField }),
  statuses: [201],
});
