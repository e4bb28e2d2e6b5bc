import { isTerminal } from "@pulse/schema/status";
import { listAudit } from "@pulse/schema/wire/audit";
import { listCallbacks } from "@pulse/schema/wire/callbacks";
import { type ExecutionView, getExecution, getLogs, listExecutions } from "@pulse/schema/wire/executions";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../../session/client.ts";
import { follow } from "../../session/live.ts";
import { withLines } from "./attempts.ts";
import { isRetried } from "./execution-spans.ts";

/** How many of the executions that a run started are looked at: the newest ones. */
export const childrenMost = 200;
const callbacksEveryMs = 5000;
const auditRows = 50;
/** How much of a log is read to find where its attempts begin, characters. */
const logMost = 4_000_000;

/** The newest executions that a run started, followed until it is over. */
export const childrenQuery = (id: string, isOver: boolean) =>
  queryOptions({
    queryKey: ["executions", "children", id, isOver],
    queryFn: async ({ signal }) => {
      const query = { parent: id, limit: childrenMost };
      return (await api.call(listExecutions, { query, signal })).items;
    },
    refetchInterval: isOver ? false : follow("executions").refetchInterval,
  });

/** The attempts of an execution, with where each begins in its log; of one that had a single one, nothing is read. */
export const attemptsQuery = (view: ExecutionView) =>
  queryOptions({
    queryKey: ["executions", "attempts", view.id, view.attempt, view.retriesUsed + view.losses, view.status],
    queryFn: async ({ signal }) => {
      const headers = { accept: "application/x-ndjson" };
      const params = { id: view.id };
      const [{ attempts }, log] = await Promise.all([
        api.call(getExecution, { params, signal }),
        api.open(getLogs, { params, headers, signal }).then(beginningOf),
      ]);
      return withLines(
        attempts,
        log.map((line) => JSON.parse(line)),
      );
    },
    enabled: isRetried(view),
  });

/** The whole lines at the beginning of a body. */
async function beginningOf(response: Response): Promise<string[]> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  let isWhole = reader === undefined;
  while (reader !== undefined && text.length < logMost) {
    const { done, value } = await reader.read();
    isWhole = done;
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  if (!isWhole) await reader?.cancel();
  const lines = text.split("\n");
  return (isWhole ? lines : lines.slice(0, -1)).filter((line) => line !== "");
}

/** Who is told of the end, with each try. */
export const callbacksQuery = ({ id, status }: Pick<ExecutionView, "id" | "status">) =>
  queryOptions({
    queryKey: ["executions", "callbacks", id, isTerminal(status)],
    queryFn: async ({ signal }) => (await api.call(listCallbacks, { params: { id }, signal })).items,
    refetchInterval: (query) =>
      query.state.data?.some((one) => one.status === "waiting") ? callbacksEveryMs : false,
  });

/** What was done to an execution, newest first; only administrators may ask. */
export const actsQuery = ({ id, status }: Pick<ExecutionView, "id" | "status">) =>
  queryOptions({
    queryKey: ["audit", "execution", id, status],
    queryFn: async ({ signal }) =>
      (await api.call(listAudit, { query: { target: id, limit: auditRows }, signal })).items,
  });
