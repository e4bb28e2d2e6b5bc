import type { Reason, TerminalStatus } from "@pulse/schema/status";
import type { RetrySettings } from "@pulse/schema/wire/manifest";

/** What the decision about an ended attempt rests on. */
export interface AttemptFacts {
  mode: "sync" | "async";
  retry: RetrySettings | null;
  retriesUsed: number;
  losses: number;
  createdAt: number;
  cancelRequested: boolean;
  /** At-most-once work that passed the start gate: it is never begun again. */
  begun: boolean;
  /** It may begin again all the same, should its runner be lost. */
  mayBeginAgain: boolean;
  /** Its runners crashed under it too often. */
  poison: boolean;
  /** A caller has seen a part of the answer, or its request is gone: there is no other attempt. */
  final: boolean;
  /** May be run again after an infrastructure loss: always when async; else only while nothing was consumed or sent. */
  mayRedeliver: boolean;
}

/** How an attempt ended, reduced to what matters here. */
export interface AttemptVerdict {
  status: "succeeded" | "failed" | "timed_out" | "cancelled";
  reason: Reason | null;
  permanent: boolean;
  retryAfterMs: number | null;
}

export type Decision =
  | { next: "end"; status: TerminalStatus; reason: Reason | null }
  | { next: "again"; runAt: number; counts: "retry" | "loss" };

/** Infrastructure losses are free up to this many (`protocol.md`, three counters). */
export const lossesMost = 3;

const infrastructure: ReadonlySet<string> = new Set(["infrastructure", "lost"]);

/** Delay before the next try: full jitter under a ceiling that doubles per retry; `random` is in [0, 1). */
export function backoffMs(retry: RetrySettings, retriesUsed: number, random: number): number {
  const ceiling = Math.min(retry.maxBackoff, retry.backoff * 2 ** Math.min(retriesUsed, 30));
  return Math.round(random * ceiling);
}

/** What follows an ended attempt: the end, or another attempt at a time (epoch ms). */
export function decide(facts: AttemptFacts, verdict: AttemptVerdict, now: number, random: number): Decision {
  const { status, reason } = verdict;
  if (status === "succeeded") return { next: "end", status, reason: null };
  if (facts.cancelRequested || status === "cancelled")
    return { next: "end", status: "cancelled", reason: "cancelled" };
  if (facts.begun) return { next: "end", status, reason };
  if (reason !== null && infrastructure.has(reason)) return decideLoss(facts, reason, now, random);
  if (facts.mode === "sync" || verdict.permanent || facts.retry === null || reason === "refused_by_runner") {
    return { next: "end", status, reason };
  }
  if (facts.retriesUsed + 1 >= facts.retry.attempts) return { next: "end", status: "dead", reason };
  const delay = Math.max(verdict.retryAfterMs ?? 0, backoffMs(facts.retry, facts.retriesUsed, random));
  const runAt = now + delay;
  if (runAt > facts.createdAt + facts.retry.maxAge) return { next: "end", status: "dead", reason };
  return { next: "again", runAt, counts: "retry" };
}

/** What follows the loss of a runner or its engine. Losses use up no retry; what begun work may do is for its `onLost` to say. */
export function decideLoss(
  facts: AttemptFacts,
  reason: "infrastructure" | "lost" | Reason,
  now: number,
  random: number,
): Decision {
  if (facts.cancelRequested) return { next: "end", status: "cancelled", reason: "cancelled" };
  const status = facts.begun ? "lost" : facts.mode === "sync" ? "failed" : "dead";
  if (facts.begun && !facts.mayBeginAgain) return { next: "end", status, reason };
  if (facts.poison)
    return { next: "end", status: facts.mode === "sync" ? "failed" : "dead", reason: "poison" };
  if (facts.final || (facts.mode === "sync" && !facts.mayRedeliver)) return { next: "end", status, reason };
  if (facts.losses + 1 > lossesMost) return { next: "end", status, reason };
  return { next: "again", runAt: now + Math.round(random * 250 * 2 ** facts.losses), counts: "loss" };
}
