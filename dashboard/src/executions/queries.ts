import { isTerminal } from "@pulse/schema/status";
import { countExecutions } from "@pulse/schema/wire/execution-counts";
import { diffExecutions } from "@pulse/schema/wire/execution-diff";
import { timeExecutions } from "@pulse/schema/wire/execution-timings";
import {
  cancelExecution,
  type ExecutionView,
  getExecution,
  getInput,
  listExecutions,
  replayExecution,
} from "@pulse/schema/wire/executions";
import { listSchedules, nextOfSchedule, type ScheduleView } from "@pulse/schema/wire/schedules";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow, writeWith } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";
import type { Search } from "../ui/read-search.ts";
import { filterOf, type filterSearch } from "./filter.ts";
import { askedOf, plannedOf } from "./planned.ts";
import { fits, type ListPage, toldExecution, withTold } from "./told.ts";

const pageRows = 50;
const countSteps = 60;
const diffEveryMs = 3000;
const countsEveryMs = 10_000;
const waitingEveryMs = 3000;
const actMs = 30_000;
const firesMost = 60;

/** One page of executions, by a filter's text or by parts of one. The first one follows what happens; older ones stand. */
export const executionsQuery = (asked: string | Search<typeof filterSearch>, cursor: string | undefined) => {
  const filter = typeof asked === "string" ? asked : filterOf(asked);
  return queryOptions({
    queryKey: ["executions", "list", filter, cursor ?? null],
    queryFn: ({ signal }) => {
      const query = { limit: pageRows, ...textOf(filter), ...(cursor === undefined ? {} : { cursor }) };
      return api.call(listExecutions, { query, signal });
    },
    ...(cursor === undefined ? follow("executions") : {}),
  });
};

/** How many executions of a filter were made over time. */
export const countsQuery = (filter: string) =>
  queryOptions({
    queryKey: ["executions", "counts", filter],
    queryFn: ({ signal }) =>
      api.call(countExecutions, { query: { steps: countSteps, ...textOf(filter) }, signal }),
    refetchInterval: countsEveryMs,
  });

/** How long executions of a filter ran and waited over time. */
export const timingsQuery = (filter: string) =>
  queryOptions({
    queryKey: ["executions", "timings", filter],
    queryFn: ({ signal }) =>
      api.call(timeExecutions, { query: { steps: countSteps, ...textOf(filter) }, signal }),
    refetchInterval: countsEveryMs,
  });

/** What is going to run before a time: executions that wait for theirs, and the fires of each schedule. */
export const plannedQuery = (untilMs: number) =>
  queryOptions({
    queryKey: ["executions", "planned", untilMs],
    queryFn: async ({ signal }) => {
      const [waiting, schedules] = await Promise.all([
        api.call(listExecutions, {
          query: { status: ["scheduled" as const, "queued" as const], limit: 200 },
          signal,
        }),
        everyItem((query) => api.call(listSchedules, { query, signal })),
      ]);
      const fires = await Promise.all(
        askedOf(schedules, untilMs).map(async (one) => [one.id, await firesAfter(one)] as const),
      );
      return plannedOf(waiting.items, schedules, new Map(fires), Date.now());
    },
    refetchInterval: countsEveryMs,
  });

/** The next fires of a schedule; asked again once the next one has come, or it was changed. */
function firesAfter({ id, nextAt, updatedAt }: ScheduleView): Promise<readonly string[]> {
  return queryClient.fetchQuery({
    queryKey: ["executions", "fires", id, nextAt, updatedAt],
    queryFn: async ({ signal }) => {
      const query = { count: firesMost };
      return (await api.call(nextOfSchedule, { params: { id }, query, signal })).items;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function textOf(filter: string): { filter?: string } {
  return filter === "" ? {} : { filter };
}

/** One execution, followed until it is over. */
export const executionQuery = (id: string) => {
  const { refetchInterval } = follow("executions");
  return queryOptions({
    queryKey: ["executions", "one", id],
    // The stream tells the view alone.
    queryFn: ({ signal }): Promise<ExecutionView> => api.call(getExecution, { params: { id }, signal }),
    refetchInterval: (query) => {
      const view = query.state.data;
      if (view !== undefined && isTerminal(view.status)) return false;
      // Why it waits changes without an event.
      return view?.waitingFor ? waitingEveryMs : refetchInterval;
    },
  });
};

writeWith("executions", (told) => {
  const views = told.flatMap((one) => toldExecution(one) ?? []);
  // A gateway that tells it in another way still answers those who ask.
  if (views.length < told.length) void queryClient.invalidateQueries({ queryKey: ["executions"] });
  // What a run asks is told with the run, and so are its steps.
  const runs = new Set(views.filter(({ kind }) => kind === "workflow").map(({ id }) => id));
  if (runs.size > 0) void queryClient.invalidateQueries({ queryKey: ["executions", "prompts"] });
  for (const id of runs) void queryClient.invalidateQueries({ queryKey: ["runs", id] });
  // What a run started is told by itself.
  const parents = new Set(views.flatMap(({ parentId }) => parentId ?? []));
  for (const id of parents) void queryClient.invalidateQueries({ queryKey: ["executions", "children", id] });
  const cache = queryClient.getQueryCache();
  for (const view of views) {
    const queryKey = ["executions", "one", view.id];
    const query = cache.find({ queryKey });
    if (query === undefined) continue;
    // An answer that is on its way may be older than the event; and why something waits is told to those who ask only.
    const waits = view.status === "queued" || view.status === "scheduled";
    if (waits || query.state.fetchStatus === "fetching") void queryClient.invalidateQueries({ queryKey });
    else queryClient.setQueryData<ExecutionView>(queryKey, view);
  }
  for (const query of cache.findAll({ queryKey: ["executions", "list"] })) {
    const [, , filter, cursor] = query.queryKey as [string, string, string, string | null];
    if (query.state.fetchStatus === "fetching") {
      void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true });
      continue;
    }
    const now = Date.now();
    const fitting = new Map(views.map((view) => [view.id, cursor === null && fits(filter, view, now)]));
    // Who called is not told.
    if ([...fitting.values()].includes(null))
      void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true });
    queryClient.setQueryData<ListPage>(
      query.queryKey,
      (page) => page && withTold(page, views, (view) => fitting.get(view.id) === true),
    );
  }
});

/** What an execution was called with; it never changes. */
export const inputQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "input", id],
    queryFn: ({ signal }) => api.call(getInput, { params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** How another execution differs from one; while one of them runs it is looked at again. */
export const diffQuery = (id: string, other: string) =>
  queryOptions({
    queryKey: ["executions", "diff", id, other],
    queryFn: ({ signal }) => api.call(diffExecutions, { params: { id, other }, signal }),
    refetchInterval: (query) => {
      const { before, after } = query.state.data ?? {};
      return before && after && !(isTerminal(before.status) && isTerminal(after.status))
        ? diffEveryMs
        : false;
    },
  });

/** The newest execution of the same thing that succeeded; null: there is none. */
export const lastSuccessQuery = ({ kind, name, id }: ExecutionView) =>
  queryOptions({
    queryKey: ["executions", "last-success", kind, name, id],
    queryFn: async ({ signal }) => {
      const query = { kind: [kind], name, status: ["succeeded" as const], limit: 1 };
      return (await api.call(listExecutions, { query, signal })).items[0]?.id ?? null;
    },
  });

/** Cancels an execution; throws the problem when it is over already. */
export async function cancel(id: string): Promise<void> {
  await api.call(cancelExecution, { params: { id }, signal: AbortSignal.timeout(actMs) });
  await Promise.all([
    readListsAgain(),
    queryClient.invalidateQueries({ queryKey: ["executions", "one", id] }),
  ]);
}

/** Runs an execution again and returns the id of the new one. */
export async function replay(
  id: string,
  body: { version?: number | string; input?: unknown; fromStep?: string; onlyFailed?: boolean },
): Promise<string> {
  const again = await api.call(replayExecution, {
    params: { id },
    body: body as never,
    signal: AbortSignal.timeout(actMs),
  });
  await readListsAgain();
  return again.id;
}

function readListsAgain(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["executions", "list"] });
}
