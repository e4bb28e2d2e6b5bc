import type { Outcome } from "@pulse/schema/wire/job";
import type { Reply } from "./gateway.ts";
import type { Random } from "./random.ts";

/** Why a stream from a sandbox broke off. */
export class BrokenOff extends Error {}

/** What a piece of user code does in one attempt. */
export interface Script {
  /** Milliseconds; Infinity: until it is stopped. */
  runMs: number;
  ends: "well" | "with an error" | "for good" | "asks for later" | "with the sandbox";
  /** How many chunks its response streams; 0: it is whole. */
  chunks: number;
  /** How long it takes to stop when told to, milliseconds: at most the grace. */
  stopMs: number;
}

/** Writes a script for one attempt; most are short, unless the seed is about long work. */
export function writeScript(random: Random, isLong: boolean): Script {
  const length = isLong ? (1 + random.next()) / 2 : random.next();
  const runMs =
    length < 0.5
      ? random.spread(1, 500)
      : length < 0.85
        ? random.spread(500, 20_000)
        : length < 0.95
          ? random.spread(20_000, 300_000)
          : Number.POSITIVE_INFINITY;
  const kind = random.next();
  const ends =
    kind < 0.7
      ? "well"
      : kind < 0.88
        ? "with an error"
        : kind < 0.92
          ? "for good"
          : kind < 0.96
            ? "asks for later"
            : "with the sandbox";
  return {
    runMs,
    ends,
    chunks: random.chance(0.15) ? random.between(1, 4) : 0,
    stopMs: random.spread(1, 10_000),
  };
}

/** The outcome that a script comes to, as a runner reports it; `streamed` is what of its response went ahead. */
export function outcomeOf(script: Script, streamed: { bytes: number } | null, random: Random): Outcome {
  const base = { permanent: false, retryAfterMs: null, built: null, timing: { runMs: 1 }, truncated: false };
  const logs = { lastSeq: random.below(3), bytes: 0 };
  if (script.ends === "well") {
    const body =
      streamed === null
        ? { base64: Buffer.from(String(random.below(1000))).toString("base64") }
        : { streamed: true as const, bytes: streamed.bytes, sha256: "0".repeat(64) };
    const response = { status: 200, headers: [], body };
    return { ...base, logs, status: "succeeded", reason: null, error: null, response };
  }
  const isInfrastructure = script.ends === "with the sandbox";
  const reason = isInfrastructure ? "infrastructure" : "function_error";
  return {
    ...base,
    logs,
    status: "failed",
    reason,
    error: { code: reason, message: "it failed", source: isInfrastructure ? "platform" : "function" },
    permanent: script.ends === "for good",
    retryAfterMs: script.ends === "asks for later" ? random.spread(10, 20_000) : null,
    response: null,
  };
}

/** What a runner reports of code that it stopped. */
export function stoppedOutcome(how: "cancelled" | "timed_out"): Outcome {
  return {
    status: how,
    reason: how,
    error: { code: how, message: how, source: "platform" },
    permanent: false,
    retryAfterMs: null,
    response: null,
    built: null,
    timing: {},
    truncated: false,
    logs: { lastSeq: 0, bytes: 0 },
  };
}

/** What a runner reports when a streamed response did not arrive whole. */
export function brokenOff(sent: Reply<unknown> | null): Outcome {
  const code = sent?.kind === "problem" ? sent.problem.code : null;
  if (code === "cancelled" || code === "gone") return stoppedOutcome("cancelled");
  const error = { code: "infrastructure", message: "the response broke off", source: "platform" as const };
  return {
    ...stoppedOutcome("timed_out"),
    status: "failed",
    reason: "infrastructure",
    error,
    truncated: true,
  };
}
