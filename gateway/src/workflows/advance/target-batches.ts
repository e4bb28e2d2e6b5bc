import { hasTemplate } from "@pulse/schema/expression/parse-template";
import { asksBefore, batchesOf, mayFail } from "@pulse/schema/workflow/batches";
import type { ExecuteStep, HttpStep, TargetsPlan } from "@pulse/schema/workflow/plan";
import { endAttempt, failAttempt } from "./attempt.ts";
import type { Cause } from "./events.ts";
import { isPerTarget, jobFor } from "./jobs.ts";
import { framesAround, namesFor, stepsAround } from "./names.ts";
import { openPrompt, plainOption } from "./prompts.ts";
import { renderTimespan, renderValue, TextProblem } from "./render.ts";
import { settleStep } from "./settle-step.ts";
import { type Failure, hasEnded, hasFailed, type StepState, type TargetState } from "./state.ts";
import { tell } from "./tell.ts";
import type { Turn } from "./turn.ts";

/** The targets of a step, as they were planned. */
export function targetsPlanOf(
  turn: Turn,
  step: StepState,
): { planned: ExecuteStep | HttpStep; targets: TargetsPlan } {
  const planned = turn.planned(step);
  if ((planned.type !== "execute" && planned.type !== "http") || planned.targets === null) {
    throw new Error(`${step.path} has no targets`);
  }
  return { planned, targets: planned.targets };
}

/** Starts the work of a step on its targets: asks who they are, or goes on with those it has from an earlier attempt. */
export function startTargets(turn: Turn, step: StepState, targets: TargetsPlan): void {
  if (Object.keys(step.targets).length > 0) {
    startBatches(turn, step);
    return;
  }
  const asker = { frame: turn.frameOf(step), step };
  const kept = turn.state.kept?.targets[step.path];
  const { where, ...rest } = kept === undefined ? targets : onlyAgain(targets);
  // Filled in or not, it has the form of a plan's targets: templates stand in texts only.
  const filled = renderValue(turn, asker, rest) as Omit<TargetsPlan, "where">;
  const references = where === null ? [] : turn.index.expression(where).references;
  const key = `${step.path}#${step.attempt}!targets`;
  turn.ask({
    ...{ type: "resolveTargets", key, step: step.path },
    targets: { ...filled, select: filled.select.flatMap(splitList), where, strategy: targets.strategy },
    context: {
      ...pastTargets(turn, step),
      ...(kept === undefined ? {} : { failed: kept.again }),
      seed: key,
      now: turn.now,
      names: namesFor(turn, asker, references),
    },
  });
}

/** Those targets that a run did badly on which this one runs again. */
function onlyAgain(targets: TargetsPlan): TargetsPlan {
  return { ...targets, select: ["@failed"], where: null, count: null };
}

/** A template in `select` may give a list of targets. */
function splitList(one: unknown): string[] {
  return Array.isArray(one) ? one.map(String) : [String(one)];
}

/** What `@failed` and `@touched` mean here. */
function pastTargets(turn: Turn, step: StepState): { failed: string[]; touched: string[] } {
  const { state } = turn;
  const frames = framesAround(state, turn.frameOf(step));
  const isUndoing = state.undoing !== null && frames.some(({ role }) => role === "rollback");
  const touched = isUndoing ? (state.undoing?.touched ?? []) : Object.keys(state.touched);
  const handler = frames.find(({ role, owner }) => role === "onFailure" && owner !== null);
  const owner = handler?.owner == null ? undefined : state.steps.get(handler.owner);
  const own = owner === undefined ? [] : failedOf(owner);
  if (own.length > 0) return { failed: own, touched };
  const { select } = targetsPlanOf(turn, step).targets;
  const asksForFailed = select.some((text) => text.includes("@failed") || hasTemplate(text));
  const all = asksForFailed ? [...state.steps.values()].flatMap(failedOf) : [];
  return { failed: [...new Set(all)], touched };
}

function failedOf(step: StepState): string[] {
  return Object.values(step.targets).flatMap(({ status, name }) => (hasFailed(status) ? name : []));
}

/** Takes the targets that were found, once and for all attempts. */
export function targetsResolved(
  turn: Turn,
  step: StepState,
  { key, resolution }: Extract<Cause, { type: "targets.resolved" }>,
): void {
  turn.answered(key);
  const { verdict, reason, targets } = resolution;
  const kept = turn.state.kept?.targets[step.path];
  const done = kept?.done.map((one) => [one.id, one] as const) ?? [];
  step.targets = Object.fromEntries([...done, ...targets.map((one) => [one.id, newTarget(one)] as const)]);
  if (kept !== undefined) delete turn.state.kept?.targets[step.path];
  if (verdict === "fail") failAttempt(turn, step, "no_targets", reason ?? "no target is there");
  else if (verdict === "skip") settleStep(turn, step, { status: "skipped" });
  else startBatches(turn, step);
}

function newTarget(one: { id: string; name: string; state: string; reason: string | null }): TargetState {
  const status = one.state === "skip" ? "skipped" : one.state === "fail" ? "failed" : "pending";
  const reason = status === "pending" ? null : (one.reason ?? "not available");
  return {
    id: one.id,
    name: one.name,
    status,
    executionId: null,
    key: null,
    touched: false,
    reason,
    outcome: null,
  };
}

function startBatches(turn: Turn, step: StepState): void {
  const { planned, targets } = targetsPlanOf(turn, step);
  const all = Object.values(step.targets).filter(({ reason }) => reason === null);
  const again = all.filter(
    ({ status, reused }) =>
      reused !== true && (planned.retry.scope === "allTargets" || status !== "succeeded"),
  );
  for (const target of again) {
    target.status = "pending";
    target.outcome = null;
  }
  const isTried = again.length < all.length;
  const strategy = isTried ? { ...targets.strategy, canary: 0 } : targets.strategy;
  const batches = batchesOf(
    again.map(({ id }) => id),
    strategy,
  );
  const failed = Object.values(step.targets).filter(({ status }) => status === "failed").length;
  step.batch = { batches, current: 0, open: 0, failed };
  submitBatch(turn, step);
}

/** Hands out the jobs of the current batch. */
export function submitBatch(turn: Turn, step: StepState): void {
  const { batch } = step;
  const ids = batch?.batches[batch.current];
  if (batch === null || ids === undefined) {
    finishTargets(turn, step);
    return;
  }
  try {
    const { planned } = targetsPlanOf(turn, step);
    const key = `${step.path}#${step.attempt}/${batch.current}`;
    // All jobs are made before the first is handed out: a text that does not work out starts nothing.
    const made = isPerTarget(planned)
      ? ids.map((id) => ({
          ids: [id],
          key: `${key}:${id}`,
          job: jobFor(turn, step, planned, step.targets[id]),
        }))
      : [{ ids, key, job: jobFor(turn, step, planned) }];
    for (const one of made) submit(turn, step, one.ids, one.key, one.job);
    batch.open = ids.length;
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    failAttempt(turn, step, error.code, error.message);
  }
}

/** Hands out one job for some targets, which are touched from now on. */
export function submit(
  turn: Turn,
  step: StepState,
  ids: readonly string[],
  key: string,
  job: ReturnType<typeof jobFor>,
): void {
  const targets = ids.flatMap((id) => step.targets[id] ?? []);
  for (const target of targets) {
    target.status = "submitted";
    target.touched = true;
    target.key = key;
    turn.state.touched[target.name] = true;
  }
  step.status = "running";
  noteTouched(turn, step, targets);
  const named = targets.map(({ id, name }) => ({ id, name }));
  turn.ask({ type: "submitTargets", key, step: step.path, attempt: step.attempt, targets: named, job });
}

/** Notes the targets for the roll-backs of the step and of those around it. */
function noteTouched(turn: Turn, step: StepState, targets: readonly TargetState[]): void {
  for (const one of stepsAround(turn, step)) {
    const { rollback, type } = turn.planned(one);
    // A foreach forgets its iterations.
    if (rollback.length === 0 && type !== "foreach") continue;
    for (const { name } of targets) one.touched[name] = true;
  }
}

/** Counts a target of the current batch as ended; with the last one the next batch is thought of. */
export function targetEnded(turn: Turn, step: StepState, target: TargetState): void {
  const { batch } = step;
  if (batch === null) return;
  if (target.status !== "succeeded") batch.failed++;
  if (target.status === "lost") tell(turn, "lost", `/${target.key}@${target.id}`);
  batch.open--;
  if (batch.open > 0) return;
  if (batch.failed > allowedFailures(turn, step) || batch.current + 1 >= batch.batches.length) {
    finishTargets(turn, step);
    return;
  }
  batch.current++;
  const { strategy } = targetsPlanOf(turn, step).targets;
  try {
    const pause = renderTimespan(turn, { frame: turn.frameOf(step), step }, strategy.pause);
    if (pause > 0) {
      step.status = "waiting";
      const key = `${step.path}#${step.attempt}/${batch.current}!pause`;
      turn.startTimer(key, turn.now + pause, step, "pause");
    } else askForBatch(turn, step);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    failAttempt(turn, step, error.code, error.message);
  }
}

/** Asks before the next batch if the strategy says so; else starts it. */
export function askForBatch(turn: Turn, step: StepState): void {
  const { batch } = step;
  const { planned, targets } = targetsPlanOf(turn, step);
  const isTried = batch !== null && Object.values(step.targets).filter((one) => one.reason === null).length;
  const isFirstTry = batch !== null && batch.batches.flat().length === isTried;
  const strategy = isFirstTry ? targets.strategy : { ...targets.strategy, canary: 0 };
  if (batch === null || !asksBefore(batch.current, strategy)) {
    submitBatch(turn, step);
    return;
  }
  const done = Object.values(step.targets).filter(({ status }) => hasEnded(status)).length;
  step.status = "waiting";
  openPrompt(turn, {
    ...{ type: "openPrompt", key: `${step.path}#${step.attempt}/${batch.current}!confirm`, step: step.path },
    ...{ about: "batch", form: {}, approvers: null, notify: [], expiresAt: null },
    message: `${planned.name}: ${done} of ${Object.keys(step.targets).length} targets are done. Go on?`,
    options: [plainOption("Continue", "Continue"), plainOption("Stop", "Stop here")],
  });
}

function allowedFailures(turn: Turn, step: StepState): number {
  const { maxFailures } = targetsPlanOf(turn, step).targets.strategy;
  const counted = Object.values(step.targets).filter(({ status }) => status !== "skipped");
  return mayFail(maxFailures, counted.length);
}

/** Ends the attempt when no batch is left, or no further one may start. */
export function finishTargets(turn: Turn, step: StepState): void {
  const all = Object.values(step.targets);
  for (const target of all) if (target.status === "pending") target.status = "blocked";
  step.output = all.length === 1 ? outputOf(all[0]) : null;
  const failed = step.batch?.failed ?? 0;
  if (failed <= allowedFailures(turn, step) && !all.some(({ status }) => status === "blocked")) {
    endAttempt(turn, step, { status: "succeeded" });
    return;
  }
  const bad = all.filter(({ status }) => hasFailed(status) || status === "cancelled");
  endAttempt(turn, step, { status: statusOf(bad), error: failureOf(turn.planned(step).name, bad) });
}

function outputOf(target: TargetState | undefined): unknown {
  return target?.outcome?.output ?? target?.outcome?.stdout ?? null;
}

/** The status that all bad targets share; failed when they differ. */
function statusOf(bad: readonly TargetState[]): "failed" | "timed_out" | "lost" | "cancelled" {
  const statuses = new Set(bad.map(({ status }) => status));
  const [only] = statuses;
  if (statuses.size !== 1 || only === undefined) return "failed";
  return only === "timed_out" || only === "lost" || only === "cancelled" ? only : "failed";
}

function failureOf(step: string, bad: readonly TargetState[]): Failure {
  const [first] = bad;
  const { outcome, reason } = first ?? { outcome: null, reason: null };
  const exitCode = outcome?.exitCode ?? null;
  const why =
    outcome?.error?.message ??
    reason ??
    (exitCode === null ? (first?.status ?? "stopped") : `exit code ${exitCode}`);
  const names = bad.slice(0, 5).map(({ name }) => name);
  const where =
    names.join("") === ""
      ? ""
      : ` on ${names.join(", ")}${bad.length > 5 ? ` and ${bad.length - 5} more` : ""}`;
  return {
    code: outcome?.error?.code ?? first?.status ?? "stopped",
    message: `${why}${where}`,
    step,
    exitCode,
  };
}
