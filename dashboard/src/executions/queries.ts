import { isTerminal } from "@pulse/schema/status";
import {
  cancelExecution,
  type ExecutionFilter,
  type ExecutionView,
  getExecution,
  getInput,
  listExecutions,
  replayExecution,
} from "@pulse/schema/wire/executions";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { follow, writeWith } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";
import type { Filter } from "./filter.ts";
import { sinceTime } from "./filter.ts";
import { fits, type ListPage, toldExecution, withTold } from "./told.ts";

const pageRows = 50;
const waitingEveryMs = 3000;
const actMs = 30_000;

/** One page of executions. The first one follows what happens; older ones stand. */
export const executionsQuery = (filter: Filter, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["executions", "list", filter, cursor ?? null],
    queryFn: ({ signal }) => api.call(listExecutions, { query: wireQuery(filter, cursor), signal }),
    ...(cursor === undefined ? follow("executions") : {}),
  });

function wireQuery({ since, status, ...rest }: Filter, cursor: string | undefined) {
  return {
    ...rest,
    limit: pageRows,
    ...(status === undefined ? {} : { status: status as ExecutionFilter["status"] }),
    ...(since === undefined ? {} : { since: sinceTime(since, Date.now()) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** One execution, followed until it is over. */
export const executionQuery = (id: string) => {
  const { refetchInterval } = follow("executions");
  return queryOptions({
    queryKey: ["executions", "one", id],
    queryFn: ({ signal }) => api.call(getExecution, { params: { id }, signal }),
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
  // What a run asks is told with the run.
  if (views.some(({ kind }) => kind === "workflow"))
    void queryClient.invalidateQueries({ queryKey: ["executions", "prompts"] });
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
    const [, , filter, cursor] = query.queryKey as [string, string, Filter, string | null];
    if (query.state.fetchStatus === "fetching") {
      void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true });
      continue;
    }
    const now = Date.now();
    queryClient.setQueryData<ListPage>(
      query.queryKey,
      (page) => page && withTold(page, views, (view) => cursor === null && fits(filter, view, now)),
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
  body: { version?: number | string; input?: unknown },
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
