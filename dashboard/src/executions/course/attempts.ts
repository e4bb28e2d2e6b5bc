import type { LogLineView } from "@pulse/schema/wire/executions";

/** An attempt as the log shows it: its first and last line (epoch milliseconds), where the first one stands (counted from 1), and the runner. */
export interface LoggedAttempt {
  attempt: number;
  runner: string | null;
  line: number;
  firstMs: number;
  lastMs: number;
}

/** The attempts that wrote something, in the order of their first lines. */
export function attemptsOf(
  lines: Iterable<Pick<LogLineView, "attempt" | "runner" | "time">>,
): LoggedAttempt[] {
  const found = new Map<number, LoggedAttempt>();
  let line = 0;
  for (const { attempt = 1, runner, time } of lines) {
    line += 1;
    const atMs = Date.parse(time);
    const known = found.get(attempt);
    if (known === undefined) found.set(attempt, { attempt, runner, line, firstMs: atMs, lastMs: atMs });
    else {
      known.firstMs = Math.min(known.firstMs, atMs);
      known.lastMs = Math.max(known.lastMs, atMs);
    }
  }
  return [...found.values()];
}
