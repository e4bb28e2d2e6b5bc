import type { AttemptView } from "@pulse/schema/wire/executions";
import type { OneExecution } from "./store.ts";

type Told = Pick<
  OneExecution,
  "kind" | "status" | "attempt" | "runnerName" | "startedAt" | "endedAt" | "reason" | "error" | "earlier"
>;

const timeOrNull = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** The attempts of an execution, oldest first: those that others followed, and the one that a runner has or had last. A workflow's run is none. */
export function attemptsOf(row: Told): AttemptView[] {
  const attempts = (row.earlier ?? []).map((one) => ({
    ...one,
    startedAt: timeOrNull(one.startedAt),
    endedAt: timeOrNull(one.endedAt),
  }));
  // What waits for its next attempt tells of the one before, and what no runner got has none.
  const isOf = row.kind !== "workflow" && row.runnerName !== null;
  if (!isOf || attempts.some(({ attempt }) => attempt === row.attempt)) return attempts;
  // Until it ends, the row has the reason and the error of the attempt before.
  const isOver = row.endedAt !== null;
  const { code, message } = (isOver ? row.error : null) ?? {};
  const last = {
    ...{ attempt: row.attempt, runner: row.runnerName, reason: isOver ? row.reason : null },
    ...{ startedAt: timeOrNull(row.startedAt), endedAt: timeOrNull(row.endedAt) },
    error: code === undefined || message === undefined ? null : { code, message },
  };
  return [...attempts, last];
}
