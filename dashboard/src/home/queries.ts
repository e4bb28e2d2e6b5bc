import type { ExecutionStatus } from "@pulse/schema/status";
import { listExecutions } from "@pulse/schema/wire/executions";
import { getOverview } from "@pulse/schema/wire/overview";
import { getPlan } from "@pulse/schema/wire/plans";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { follow } from "../session/live.ts";

const rows = 6;
const planEveryMs = 30_000;
/** Triggers and what waits come and go without an event. */
const overviewEveryMs = 5000;

/** States of what is under way, and of what ended badly. */
export const underWay = ["running", "offered"] as const;
export const ended = ["failed", "timed_out", "dead", "lost"] as const;

/** Counts of executions, and the first steps. What is under `sums` is read again soon after anything has changed. */
export const overviewQuery = () =>
  queryOptions({
    queryKey: ["sums", "overview"],
    queryFn: ({ signal }) => api.call(getOverview, { query: {}, signal }),
    refetchInterval: overviewEveryMs,
  });

/** The newest executions in one of these states. */
export const newestQuery = (status: readonly ExecutionStatus[]) =>
  queryOptions({
    queryKey: ["sums", "newest", status],
    queryFn: async ({ signal }) =>
      (await api.call(listExecutions, { query: { status: [...status], limit: rows }, signal })).items,
    ...follow("executions"),
  });

/** The plan, and how much of it is used. */
export const planQuery = () =>
  queryOptions({
    queryKey: ["sums", "plan"],
    queryFn: ({ signal }) => api.call(getPlan, { signal }),
    refetchInterval: planEveryMs,
  });
