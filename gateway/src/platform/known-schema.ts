import { ProblemError } from "@pulse/schema/problem";

/**
 * Throws `unavailable` when a database was migrated by something that this version does not know: a newer version, or one that was
 * never released. Both lists hold the times of migrations, epoch milliseconds.
 */
export function refuseOtherSchema(applied: readonly number[], known: readonly number[]): void {
  const newestKnown = Math.max(0, ...known);
  if (applied.some((one) => one > newestKnown)) {
    const detail = "the database was written by a newer version of Pulse; update this one to open it";
    throw new ProblemError("unavailable", detail);
  }
  if (applied.some((one) => !known.includes(one))) {
    const detail =
      "the database was written by a version of Pulse that was never released; open it with that one, or move it away and start anew";
    throw new ProblemError("unavailable", detail);
  }
}
