import { describe, expect, test } from "vitest";
import { type AttemptFacts, type AttemptVerdict, backoffMs, decide, decideLoss } from "./retry.ts";

const retry = { attempts: 3, backoff: 1000, maxBackoff: 300_000, maxAge: 21_600_000 };
const now = 1_760_000_000_000;
const facts: AttemptFacts = {
  mode: "async",
  retry,
  retriesUsed: 0,
  losses: 0,
  createdAt: now - 1000,
  cancelRequested: false,
  begun: false,
  mayBeginAgain: false,
  poison: false,
  final: false,
  mayRedeliver: true,
};
const failed: AttemptVerdict = {
  status: "failed",
  reason: "function_error",
  permanent: false,
  retryAfterMs: null,
};

describe("what follows an attempt", () => {
  test.each([
    [
      "at-most-once work that began is not retried",
      { ...facts, begun: true },
      failed,
      { next: "end", status: "failed" },
    ],
    [
      "at-most-once work that began is not begun again when its sandbox was lost",
      { ...facts, begun: true },
      { ...failed, reason: "infrastructure" },
      { next: "end", status: "failed", reason: "infrastructure" },
    ],
    [
      "success ends",
      facts,
      { ...failed, status: "succeeded", reason: null },
      { next: "end", status: "succeeded" },
    ],
    [
      "success ends even when a cancellation was asked for",
      { ...facts, cancelRequested: true },
      { ...failed, status: "succeeded" },
      { status: "succeeded" },
    ],
    [
      "an asynchronous failure is retried",
      facts,
      failed,
      { next: "again", counts: "retry", runAt: now + 500 },
    ],
    [
      "the last attempt ends dead",
      { ...facts, retriesUsed: 2 },
      failed,
      { next: "end", status: "dead", reason: "function_error" },
    ],
    ["a waited-for call ends at once", { ...facts, mode: "sync" }, failed, { next: "end", status: "failed" }],
    ["PermanentError ends failed", facts, { ...failed, permanent: true }, { next: "end", status: "failed" }],
    [
      "RetryAfter is the least delay",
      facts,
      { ...failed, retryAfterMs: 9000 },
      { next: "again", runAt: now + 9000 },
    ],
    [
      "a retry past maxAge ends dead",
      facts,
      { ...failed, retryAfterMs: 30_000_000 },
      { next: "end", status: "dead" },
    ],
    [
      "a timeout is retried",
      facts,
      { ...failed, status: "timed_out", reason: "timed_out" },
      { next: "again" },
    ],
    [
      "a waited-for timeout ends timed out",
      { ...facts, mode: "sync" },
      { ...failed, status: "timed_out", reason: "timed_out" },
      { status: "timed_out" },
    ],
    [
      "a cancellation is never retried",
      { ...facts, cancelRequested: true },
      failed,
      { next: "end", status: "cancelled" },
    ],
    [
      "a refusal by the runner is not retried",
      facts,
      { ...failed, reason: "refused_by_runner" },
      { next: "end", status: "failed" },
    ],
    [
      "infrastructure costs a loss, not a retry",
      facts,
      { ...failed, reason: "infrastructure" },
      { next: "again", counts: "loss" },
    ],
  ] as [string, AttemptFacts, AttemptVerdict, object][])("%s", (_name, given, verdict, expected) => {
    expect(decide(given, verdict, now, 0.5)).toMatchObject(expected);
  });
});

describe("what follows the loss of a runner", () => {
  test.each([
    ["another attempt", facts, { next: "again", counts: "loss" }],
    ["dead after three", { ...facts, losses: 3 }, { next: "end", status: "dead" }],
    [
      "the end of a waited-for call that may not run twice",
      { ...facts, mode: "sync", mayRedeliver: false },
      { next: "end", status: "failed", reason: "lost" },
    ],
    ["another attempt of a waited-for call that may", { ...facts, mode: "sync" }, { next: "again" }],
    [
      "the end of work that began and may begin once",
      { ...facts, begun: true },
      { next: "end", status: "lost" },
    ],
    [
      "another attempt of work that began and may begin again",
      { ...facts, begun: true, mayBeginAgain: true },
      { next: "again", counts: "loss" },
    ],
    [
      "the end of work that began, may begin again and did so three times",
      { ...facts, begun: true, mayBeginAgain: true, losses: 3 },
      { next: "end", status: "lost", reason: "lost" },
    ],
    ["dead of poison", { ...facts, poison: true }, { next: "end", status: "dead", reason: "poison" }],
    [
      "the failure of a poisonous call that is waited for",
      { ...facts, mode: "sync", poison: true },
      { next: "end", status: "failed", reason: "poison" },
    ],
    [
      "the end of what a caller has seen a part of",
      { ...facts, mode: "sync", final: true },
      { next: "end", status: "failed", reason: "lost" },
    ],
    [
      "cancelled when that was asked for",
      { ...facts, cancelRequested: true, begun: true, poison: true },
      { next: "end", status: "cancelled" },
    ],
  ] as [string, AttemptFacts, object][])("%s", (_name, given, expected) => {
    expect(decideLoss(given, "lost", now, 0.5)).toMatchObject(expected);
  });
});

test("the jitter is full, its ceiling doubles and is bounded", () => {
  expect(backoffMs(retry, 0, 0)).toBe(0);
  expect(backoffMs(retry, 0, 0.999)).toBe(999);
  expect(backoffMs(retry, 3, 0.5)).toBe(4000);
  expect(backoffMs(retry, 40, 0.5)).toBe(150_000);
});
