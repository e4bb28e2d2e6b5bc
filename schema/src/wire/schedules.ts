import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { listOf, nameField, pageQuery, timeField } from "./fields.ts";
import { webhookTarget } from "./webhooks.ts";

/** What becomes of a tick while what the one before started still runs. */
export const overlaps = ["skip", "bufferOne", "bufferAll", "cancelRunning", "allow"] as const;
export type Overlap = (typeof overlaps)[number];

/** How late a tick may start where nobody said, in milliseconds. */
export const catchupByDefault = 3_600_000;

/** What a schedule starts: a function with its `input`, or a workflow with its `inputs`. */
export const scheduleTarget = webhookTarget;
export type ScheduleTarget = z.output<typeof scheduleTarget>;

/** Why a schedule is paused. */
export interface PausedNote {
  reason: string | null;
  by: string;
  at: number;
}

/**
 * What became of a tick. `waiting`: its time has come, and perhaps its jitter has not; `buffered`: it waits for the execution before;
 * `starting`: somebody is about to; `skipped`: the overlap rule passed over it; `missed`: nobody was there in time; `failed`: it could not start.
 */
export const tickStatuses = [
  "waiting",
  "buffered",
  "starting",
  "started",
  "skipped",
  "missed",
  "failed",
] as const;
export type TickStatus = (typeof tickStatuses)[number];

const cronField = z.string().min(1).max(200);
const everyField = duration("1s", "366d");
const timezoneField = z.string().min(1).max(100);
const catchupField = duration("0s", "366d");
const jitterField = duration("0s", "24h");
const reasonField = z.string().min(1).max(500);
/** In a path: its id or its name. One of a workflow's triggers is called `workflow:trigger`. */
const scheduleParams = z.object({ id: z.string().min(1).max(300) });

export const scheduleView = z.object({
  id: z.string(),
  name: z.string(),
  /** One of `cron`, `everyMs` and `at` is there. */
  cron: z.string().nullable(),
  everyMs: z.number().int().nullable(),
  at: timeField.nullable(),
  timezone: z.string(),
  overlap: z.enum(overlaps),
  catchupMs: z.number().int(),
  jitterMs: z.number().int(),
  target: scheduleTarget,
  enabled: z.boolean(),
  /** Why it is paused; null: it is not. */
  paused: z.object({ reason: z.string().nullable(), by: z.string(), at: timeField }).nullable(),
  /** The trigger of a workflow that it is; null: it was made by itself. */
  trigger: z.object({ workflow: z.string(), id: z.string() }).nullable(),
  /** Its next tick; null: it is paused, or none comes any more. */
  nextAt: timeField.nullable(),
  createdBy: z.string(),
  createdAt: timeField,
  updatedAt: timeField,
});
export type ScheduleView = z.output<typeof scheduleView>;

export const tickView = z.object({
  id: z.string(),
  schedule: z.string(),
  /** When it was to be. */
  at: timeField,
  /** Of ticks that were missed in a row: the last of them, and how many they are where they were counted. */
  until: timeField.nullable(),
  count: z.number().int().nullable(),
  /** Whether somebody asked for it; null: it came by itself. */
  by: z.string().nullable(),
  status: z.enum(tickStatuses),
  /** Why it was skipped, missed or failed. */
  reason: z.string().nullable(),
  executionId: z.string().nullable(),
  /** How that execution stands; null: there is none, or it is not kept any more. */
  executionStatus: z.string().nullable(),
  startedAt: timeField.nullable(),
});
export type TickView = z.output<typeof tickView>;

const timingFields = {
  cron: cronField.optional(),
  every: everyField.optional(),
  at: z.iso.datetime({ offset: true }).optional(),
};
const settingsFields = {
  timezone: timezoneField.optional(),
  overlap: z.enum(overlaps).optional(),
  catchup: catchupField.optional(),
  jitter: jitterField.optional(),
  enabled: z.boolean().optional(),
  /** Why it is paused, where `enabled` is false. */
  reason: reasonField.optional(),
};

export const listSchedules = endpoint({
  method: "GET",
  path: "/v1/schedules",
  tag: "schedules",
  summary: "The project's schedules by name, those of workflows' triggers too",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(scheduleView),
  statuses: [200],
});

/** A schedule that is to be made. */
export const newSchedule = z.strictObject({
  name: nameField,
  target: scheduleTarget,
  ...timingFields,
  ...settingsFields,
});

export const createSchedule = endpoint({
  method: "POST",
  path: "/v1/schedules",
  creates: true,
  tag: "schedules",
  summary: "Starts a function or a workflow at times: of a cron expression, every so often, or once",
  scope: "deploy",
  audit: {
    action: "schedule.create",
    body: ["name", "cron", "every", "at", "timezone", "overlap"],
    answer: ["id"],
  },
  body: newSchedule,
  answer: scheduleView,
  statuses: [201],
});

export const previewSchedule = endpoint({
  method: "POST",
  path: "/v1/schedules/preview",
  tag: "schedules",
  summary: "When a schedule with these times would come, were it made now; nothing is made",
  scope: "read",
  audit: { exempt: "it says when something would come, and changes nothing" },
  body: z.strictObject({
    ...timingFields,
    timezone: timezoneField.optional(),
    count: z.number().int().min(1).max(100).default(10),
  }),
  answer: z.object({ timezone: z.string(), items: z.array(timeField) }),
  statuses: [200],
});

export const getSchedule = endpoint({
  method: "GET",
  path: "/v1/schedules/:id",
  tag: "schedules",
  summary: "One schedule, by its id or its name",
  scope: "read",
  params: scheduleParams,
  answer: scheduleView,
  statuses: [200],
});

export const changeSchedule = endpoint({
  method: "PATCH",
  path: "/v1/schedules/:id",
  tag: "schedules",
  summary:
    "Changes, pauses or resumes a schedule; one of a workflow's trigger is only paused and resumed here",
  scope: "deploy",
  audit: {
    action: "schedule.change",
    body: ["cron", "every", "at", "timezone", "overlap", "enabled", "reason"],
  },
  params: scheduleParams,
  body: z.strictObject({ target: scheduleTarget.optional(), ...timingFields, ...settingsFields }),
  answer: scheduleView,
  statuses: [200],
});

export const deleteSchedule = endpoint({
  method: "DELETE",
  path: "/v1/schedules/:id",
  tag: "schedules",
  summary: "Deletes a schedule with its ticks; what they started stays",
  scope: "deploy",
  audit: { action: "schedule.delete" },
  params: scheduleParams,
  statuses: [204],
});

export const nextOfSchedule = endpoint({
  method: "GET",
  path: "/v1/schedules/:id/next",
  tag: "schedules",
  summary: "When it comes next, as if it were not paused; jitter comes on top",
  scope: "read",
  params: scheduleParams,
  query: z.strictObject({ count: z.coerce.number().int().min(1).max(100).default(10) }),
  answer: z.object({ items: z.array(timeField) }),
  statuses: [200],
});

export const listTicks = endpoint({
  method: "GET",
  path: "/v1/schedules/:id/ticks",
  tag: "schedules",
  summary: "What became of its ticks, newest first: started, or passed over with the reason",
  scope: "read",
  params: scheduleParams,
  query: z.strictObject({ ...pageQuery, status: z.enum(tickStatuses).optional() }),
  answer: listOf(tickView),
  statuses: [200],
});

export const triggerSchedule = endpoint({
  method: "POST",
  path: "/v1/schedules/:id/trigger",
  creates: true,
  tag: "schedules",
  summary: "Runs it now, paused or not, by its overlap rule or the given one",
  scope: "execute",
  audit: { action: "schedule.trigger", body: ["overlap"], answer: ["id", "executionId"] },
  params: scheduleParams,
  body: z.strictObject({ overlap: z.enum(overlaps).optional() }),
  answer: tickView,
  statuses: [201],
});
