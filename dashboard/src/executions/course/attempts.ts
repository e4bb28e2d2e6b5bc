import type { AttemptView, LogLineView } from "@pulse/schema/wire/executions";
import { msOrNull } from "./moment-of.ts";

/** An attempt with its times (epoch milliseconds; null: nobody knows, or not yet) and the line of the log, counted from 1, with which it begins; null: it wrote nothing. */
export interface Attempt extends Pick<AttemptView, "attempt" | "runner" | "reason"> {
  startedMs: number | null;
  endedMs: number | null;
  message: string | null;
  line: number | null;
}

/** The attempts that the API tells of, with where each begins in the log. */
export function withLines(
  attempts: readonly AttemptView[],
  lines: Iterable<Pick<LogLineView, "attempt">>,
): Attempt[] {
  const first = firstLines(lines);
  return attempts.map(({ attempt, runner, reason, startedAt, endedAt, error }) => ({
    ...{ attempt, runner, reason, startedMs: msOrNull(startedAt), endedMs: msOrNull(endedAt) },
    ...{ message: error?.message ?? null, line: first.get(attempt) ?? null },
  }));
}

function firstLines(lines: Iterable<Pick<LogLineView, "attempt">>): Map<number, number> {
  const found = new Map<number, number>();
  let line = 0;
  for (const { attempt = 1 } of lines) {
    line += 1;
    if (!found.has(attempt)) found.set(attempt, line);
  }
  return found;
}
