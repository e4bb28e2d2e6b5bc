import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

const dayMs = 86_400_000;

/** What a project keeps that never said how long, milliseconds; `versions` null: all of them. */
export const keptByDefault = {
  executionsMs: 30 * dayMs,
  logsMs: 14 * dayMs,
  payloadsMs: 7 * dayMs,
  eventsMs: dayMs,
  versions: null,
} as const satisfies Retention;

/** How long a project keeps what it did. */
export interface Retention {
  /** Executions that have ended, with everything that belongs to them. */
  executionsMs: number;
  logsMs: number;
  /** Request and response bodies. */
  payloadsMs: number;
  /** What followers can catch up on. */
  eventsMs: number;
  /** Newest versions of each function that stay, whatever else does; null: all. */
  versions: number | null;
}

export const retentionView = z.object({
  executionsMs: z.number().int(),
  logsMs: z.number().int(),
  payloadsMs: z.number().int(),
  eventsMs: z.number().int(),
  versions: z.number().int().nullable(),
  /** Null: the project never said, these are the defaults. */
  updatedAt: timeField.nullable(),
});
export type RetentionView = z.output<typeof retentionView>;

// Idempotency keys stand for a day and lead to their execution, so that it is kept as long.
const executions = duration("1d", "3650d");
const logs = duration("1h", "3650d");
const events = duration("1d", "30d");

export const retentionChange = z.strictObject({
  executions: executions.optional(),
  logs: logs.optional(),
  payloads: logs.optional(),
  events: events.optional(),
  versions: z.number().int().min(1).max(100_000).nullable().optional(),
});
export type RetentionChange = z.output<typeof retentionChange>;

export const getRetention = endpoint({
  method: "GET",
  path: "/v1/retention",
  tag: "retention",
  summary: "How long the project keeps executions, logs, payloads and events, and how many versions",
  scope: "read",
  answer: retentionView,
  statuses: [200],
});

export const changeRetention = endpoint({
  method: "PATCH",
  path: "/v1/retention",
  tag: "retention",
  summary: "Changes how long the project keeps things; what is over is deleted within the next hours",
  scope: "admin",
  audit: { action: "retention.change" },
  body: retentionChange,
  answer: retentionView,
  statuses: [200],
});

const found = z.object({
  count: z.number().int(),
  bytes: z.number().int(),
});

export const retentionPreview = z.object({
  /** Executions that would be deleted whole. */
  executions: z.object({ count: z.number().int() }),
  /** Executions that would lose their log, and its size as it is stored. */
  logs: found,
  /** Executions that would lose their bodies, and the size of those. */
  payloads: found,
  versions: z.object({ count: z.number().int() }),
  /** False: there is so much that only a part was counted. */
  isAll: z.boolean(),
});
export type RetentionPreview = z.output<typeof retentionPreview>;

export const previewRetention = endpoint({
  method: "GET",
  path: "/v1/retention/preview",
  tag: "retention",
  summary: "What would be deleted now, with the settings as they are or as the query would have them",
  scope: "read",
  query: z.strictObject({
    executions: executions.optional(),
    logs: logs.optional(),
    payloads: logs.optional(),
    /** `all`, or the number of newest versions that would stay. */
    versions: z.union([z.literal("all"), z.coerce.number().int().min(1).max(100_000)]).optional(),
  }),
  answer: retentionPreview,
  statuses: [200],
});
