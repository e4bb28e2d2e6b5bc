import type { CommandProgress, CommandResult, OutputGroup } from "@pulse/schema/wire/commands";

/** What one machine said. */
export interface Said extends CommandResult {
  stdout: string;
  stderr: string;
  isTruncated: boolean;
}

const failures: ReadonlySet<string> = new Set(["failed", "timed_out", "lost", "dead", "cancelled"]);
const unbegun: ReadonlySet<string> = new Set(["pending", "submitted", "scheduled", "queued", "offered"]);

/** Machines by how their command ended and what it said, those with equal ones together: the most machines first, then by name. */
export function groupsOf(said: readonly Said[]): OutputGroup[] {
  const groups = new Map<string, OutputGroup>();
  for (const one of said.filter(({ status }) => hasEnded(status))) {
    const { runner, status, exitCode, message, stdout, stderr, isTruncated } = one;
    const key = JSON.stringify([status, exitCode, message, stdout, stderr]);
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { runners: [runner], status, exitCode, message, stdout, stderr, isTruncated });
    else group.runners.push(runner);
  }
  const found = [...groups.values()].map((group) => ({ ...group, runners: group.runners.toSorted() }));
  return found.toSorted(
    (a, b) => b.runners.length - a.runners.length || ((a.runners[0] ?? "") < (b.runners[0] ?? "") ? -1 : 1),
  );
}

/** How many machines are where. */
export function countsOf(results: readonly CommandResult[]): CommandProgress["counts"] {
  const count = (isIn: (status: string) => boolean) => results.filter(({ status }) => isIn(status)).length;
  return {
    total: results.length,
    waiting: count((status) => unbegun.has(status)),
    running: count((status) => !unbegun.has(status) && !hasEnded(status)),
    succeeded: count((status) => status === "succeeded"),
    failed: count((status) => failures.has(status)),
    skipped: count((status) => status === "skipped"),
  };
}

function hasEnded(status: string): boolean {
  return status === "succeeded" || status === "skipped" || failures.has(status);
}
