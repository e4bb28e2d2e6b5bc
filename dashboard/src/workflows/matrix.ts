import type { StepView } from "@pulse/schema/wire/workflow-runs";

type Target = StepView["targets"][number];

/** The runners that steps of a run are for, by name: the columns of its matrix. */
export function runnersOf(steps: readonly Pick<StepView, "targets">[]): string[] {
  return [...new Set(steps.flatMap(({ targets }) => targets.map(({ runner }) => runner)))].sort();
}

/** What a step does on a runner; undefined: nothing. */
export function targetOf(step: Pick<StepView, "targets">, runner: string): Target | undefined {
  return step.targets.find((one) => one.runner === runner);
}

/** How long a step took or has taken so far, in milliseconds; null: it has not begun. */
export function stepTookMs(
  { startedAt, finishedAt }: Pick<StepView, "startedAt" | "finishedAt">,
  nowMs: number,
): number | null {
  if (startedAt === null) return null;
  return Math.max(0, (finishedAt === null ? nowMs : Date.parse(finishedAt)) - Date.parse(startedAt));
}
