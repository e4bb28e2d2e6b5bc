import type { RetryPlan } from "@pulse/schema/workflow/plan";
import { evaluateText, renderTimespan, TextProblem } from "./render.ts";
import type { Failure, StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** What is decided about another attempt; `problem` when `retry.if` could not be decided, which is no. */
export interface RetryVerdict {
  retries: boolean;
  problem?: Failure;
}

/** Whether a step whose attempt ended badly is tried again. */
export function mayRetry(turn: Turn, step: StepState, status: string, error: Failure | null): RetryVerdict {
  const { retry, name } = turn.planned(step);
  if (step.handled || step.attempt >= retry.attempts || !covers(retry, status, exitCodes(step))) {
    return { retries: false };
  }
  if (retry.if === null) return { retries: true };
  try {
    const asker = { frame: turn.frameOf(step), step };
    return { retries: Boolean(evaluateText(turn, asker, retry.if, { error: error ?? {} })) };
  } catch (thrown) {
    if (!(thrown instanceof TextProblem)) throw thrown;
    return { retries: false, problem: { code: "retry", message: thrown.message, step: name } };
  }
}

function exitCodes(step: StepState): number[] {
  return Object.values(step.targets).flatMap(({ status, outcome }) =>
    status === "failed" && typeof outcome?.exitCode === "number" ? [outcome.exitCode] : [],
  );
}

function covers({ on }: RetryPlan, status: string, codes: readonly number[]): boolean {
  return on.some((one) => {
    if (one === "error") return status === "failed";
    if (one === "timeout") return status === "timed_out";
    if (one === "lost") return status === "lost";
    const [from = Number.NaN, to = from] = one.slice("exit:".length).split("-").map(Number);
    return status === "failed" && codes.length > 0 && codes.every((code) => code >= from && code <= to);
  });
}

/** How long a step waits before its next attempt; the part that is chance is the same in every replay. */
export function retryDelayMs(turn: Turn, step: StepState, retry: RetryPlan): number {
  const asker = { frame: turn.frameOf(step), step };
  const [delay, longest] = [retry.delay, retry.maxDelay].map((span) => {
    try {
      return renderTimespan(turn, asker, span);
    } catch (error) {
      if (!(error instanceof TextProblem)) throw error;
      return 1000;
    }
  });
  const grown = retry.backoff === "exponential" ? retry.factor ** (step.attempt - 1) : 1;
  const full = Math.min((delay ?? 1000) * grown, longest ?? 300_000);
  const { id } = turn.state.execution;
  const share = chance(`${String(id)}/${step.path}#${step.attempt}`);
  return Math.round(full * (1 - retry.jitter * share));
}

/** A number from 0 to below 1 that is made of a text alone (FNV-1a, mixed). */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
