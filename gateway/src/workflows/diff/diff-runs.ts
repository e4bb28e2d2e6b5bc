import type { StepDiffView } from "@pulse/schema/wire/execution-diff";
import { diffValue } from "@pulse/schema/workflow/diff-definitions";
import { plainLine } from "./plain-line.ts";
import { shortened } from "./shorten.ts";

/** What became of one target of a step. */
export interface TargetPast {
  status: string;
  execution: string | null;
  exitCode: number | null;
  durationMs: number | null;
}

/** What became of one step of a run. */
export interface StepPast {
  path: string;
  name: string;
  type: string;
  status: string;
  attempt: number;
  durationMs: number | null;
  error: string | null;
  reused: boolean;
  output: unknown;
  targets: ReadonlyMap<string, TargetPast>;
}

/** A step's diff whose logs are still to be compared. */
export type StepDiff = Omit<StepDiffView, "isSame">;

/** How the steps of two runs differ, in the order of the later one and then those that only the earlier one has. */
export function diffSteps(
  before: ReadonlyMap<string, StepPast>,
  after: ReadonlyMap<string, StepPast>,
): StepDiff[] {
  const paths = [...new Set([...after.keys(), ...before.keys()])];
  return paths.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    const shown = now ?? old;
    if (shown === undefined) return [];
    const output =
      old === undefined || now === undefined ? [] : shortened(diffValue(old.output, now.output, ""));
    return [
      {
        ...{ path, name: shown.name, type: shown.type },
        ...{ before: sideOf(old), after: sideOf(now), output },
        targets: targetsOf(old, now),
      },
    ];
  });
}

function sideOf(step: StepPast | undefined): StepDiffView["before"] {
  if (step === undefined) return null;
  const { status, attempt, durationMs, error, reused } = step;
  return { status, attempt, durationMs, error, reused };
}

function targetsOf(old: StepPast | undefined, now: StepPast | undefined): StepDiffView["targets"] {
  const names = new Set([...(now?.targets.keys() ?? []), ...(old?.targets.keys() ?? [])]);
  return [...names].map((runner) => ({
    runner,
    before: old?.targets.get(runner) ?? null,
    after: now?.targets.get(runner) ?? null,
    logs: null,
  }));
}

/** Whether a step came to the same in both, times aside. */
export function isSameStep({ before, after, output, targets }: StepDiff): boolean {
  if (before === null || after === null) return false;
  if (before.status !== after.status || before.attempt !== after.attempt) return false;
  if (plainLine(before.error ?? "") !== plainLine(after.error ?? "")) return false;
  return output.length === 0 && targets.every(isSameTarget);
}

function isSameTarget({ before, after, logs }: StepDiffView["targets"][number]): boolean {
  if (before === null || after === null) return false;
  const isLogSame = logs === null || (logs.added === 0 && logs.removed === 0);
  return before.status === after.status && before.exitCode === after.exitCode && isLogSame;
}
