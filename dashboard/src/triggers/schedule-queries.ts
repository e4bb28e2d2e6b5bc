import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  listTicks,
  nextOfSchedule,
  type Overlap,
  previewSchedule,
  type ScheduleTarget,
  type TickView,
  triggerSchedule,
} from "@pulse/schema/wire/schedules";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const nextEveryMs = 10_000;
const actMs = 30_000;
const rows = 50;
const nextShown = 10;
const previewed = 10;
const within = () => AbortSignal.timeout(actMs);
const readAgain = () => queryClient.invalidateQueries({ queryKey: ["schedules"] });

/** All schedules, by name. */
export const schedulesQuery = () =>
  queryOptions({
    queryKey: ["schedules", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listSchedules, { query, signal })),
    ...follow("schedules"),
  });

/** One schedule. */
export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: ["schedules", "one", id],
    queryFn: ({ signal }) => api.call(getSchedule, { params: { id }, signal }),
    ...follow("schedules"),
  });

/** When a schedule comes next, as if it were not paused: then they go by without a word. */
export const nextQuery = (id: string) =>
  queryOptions({
    queryKey: ["schedules", "next", id],
    queryFn: async ({ signal }) => {
      const query = { count: nextShown };
      return (await api.call(nextOfSchedule, { params: { id }, query, signal })).items;
    },
    refetchInterval: nextEveryMs,
  });

/** A page of what became of its ticks, newest first. */
export const ticksQuery = (id: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["schedules", "ticks", id, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listTicks, {
        params: { id },
        query: { limit: rows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    ...follow("schedules"),
  });

/** When a schedule comes: one of the three. */
export type Timing = { cron: string } | { every: string } | { at: string };

/** What a schedule can be changed to. Lengths of time are texts such as `15m`. */
export type ScheduleChange = (Timing | object) & {
  target?: ScheduleTarget;
  timezone?: string;
  overlap?: Overlap;
  catchup?: string;
  jitter?: string;
};

/** What a new schedule is to be. */
export type NewSchedule = ScheduleChange & Timing & { name: string; target: ScheduleTarget };

/** When a schedule with these times would come; null: there is nothing to ask about yet. */
export const previewQuery = (wanted: (Timing & { timezone: string }) | null) =>
  queryOptions({
    queryKey: ["schedules", "preview", wanted],
    enabled: wanted !== null,
    retry: false,
    queryFn: async ({ signal }) => {
      const body = { ...(wanted ?? {}), count: previewed };
      return (await api.call(previewSchedule, { body, signal })).items;
    },
  });

/** Makes a schedule and returns its id. */
export async function makeSchedule(body: NewSchedule): Promise<string> {
  const { id } = await api.call(createSchedule, { body, signal: within() });
  await readAgain();
  return id;
}

/** Changes when a schedule comes and what it starts. */
export async function editSchedule(id: string, body: ScheduleChange): Promise<void> {
  await api.call(changeSchedule, { params: { id }, body, signal: within() });
  await readAgain();
}

/** Pauses a schedule, with the reason that others read. */
export async function pauseSchedule(id: string, reason: string): Promise<void> {
  const body = { enabled: false, ...(reason === "" ? {} : { reason }) };
  await api.call(changeSchedule, { params: { id }, body, signal: within() });
  await readAgain();
}

/** Lets a paused schedule go on. */
export async function resumeSchedule(id: string): Promise<void> {
  await api.call(changeSchedule, { params: { id }, body: { enabled: true }, signal: within() });
  await readAgain();
}

/** Runs a schedule now, paused or not, and returns what became of it. */
export async function runNow(id: string): Promise<TickView> {
  const tick = await api.call(triggerSchedule, { params: { id }, body: {}, signal: within() });
  await readAgain();
  return tick;
}

/** Deletes a schedule with its ticks. */
export async function removeSchedule(id: string): Promise<void> {
  await api.call(deleteSchedule, { params: { id }, signal: within() });
  queryClient.removeQueries({ queryKey: ["schedules", "one", id] });
  await queryClient.invalidateQueries({ queryKey: ["schedules", "list"] });
}
