import { problemCodes } from "@pulse/schema/problem";
import { type ExecutionStatus, type Reason, reasons } from "@pulse/schema/status";
import { expect, test } from "vitest";
import { answerOf, type CallerAnswer, withoutDetail } from "./outcome-response.ts";

const table: [status: ExecutionStatus, reason: Reason | null, http: number, code: string, source: string][] =
  [
    ["failed", "function_error", 500, "function_error", "function"],
    ["dead", "function_error", 500, "function_error", "function"],
    ["failed", "bad_request", 400, "bad_request", "function"],
    ["failed", "init_error", 502, "init_error", "function"],
    ["failed", "crashed", 502, "crashed", "function"],
    ["failed", "out_of_memory", 502, "out_of_memory", "function"],
    ["failed", "bad_response", 502, "bad_response", "function"],
    ["dead", "poison", 502, "crashed", "function"],
    ["failed", "step_failed", 500, "function_error", "function"],
    ["timed_out", "timed_out", 504, "timed_out", "function"],
    ["timed_out", null, 504, "timed_out", "function"],
    ["failed", "no_runner", 503, "no_runner", "platform"],
    ["dead", "expired", 503, "no_runner", "platform"],
    ["lost", "lost", 503, "lost", "platform"],
    ["lost", null, 503, "lost", "platform"],
    ["failed", "infrastructure", 503, "infrastructure", "platform"],
    ["failed", "refused_by_runner", 502, "refused_by_runner", "platform"],
    ["failed", "secret_unavailable", 502, "secret_unavailable", "platform"],
    ["failed", "over_capacity", 429, "over_capacity", "platform"],
    ["failed", "rate_limited", 429, "rate_limited", "platform"],
    ["failed", "payload_too_large", 413, "payload_too_large", "platform"],
    ["failed", "build_failed", 422, "build_failed", "function"],
    ["cancelled", "cancelled", 410, "cancelled", "platform"],
    ["cancelled", null, 410, "cancelled", "platform"],
    ["superseded", null, 410, "cancelled", "platform"],
    ["failed", null, 500, "internal", "platform"],
  ];

test.each(table)("%s for %s is %i %s, source %s", (status, reason, http, code, source) => {
  const answer = answerOf({ status, reason, error: null, response: null });
  expect(answer).toMatchObject({ kind: "problem", code, source });
  expect(answer.kind === "problem" && problemCodes[answer.code][0]).toBe(http);
});

test("every reason has its row", () => {
  expect(new Set(table.map(([, reason]) => reason).filter((reason) => reason !== null))).toEqual(
    new Set(reasons),
  );
});

test("whatever the caller may try again later says when", () => {
  for (const reason of ["no_runner", "lost", "infrastructure", "over_capacity", "rate_limited", "expired"]) {
    const answer = answerOf({ status: "failed", reason, error: null, response: null });
    expect(answer.kind === "problem" && answer.retryAfter, reason).toBeGreaterThan(0);
  }
});

test("a success is the function's own answer, whatever its status", () => {
  const response = { status: 418, headers: [["x", "1"]] as [string, string][], base64: "YQ==", bytes: 1 };
  expect(answerOf({ status: "succeeded", reason: null, error: null, response })).toEqual({
    kind: "response",
    ...response,
  });
});

test("a success whose response was not kept says so", () => {
  expect(answerOf({ status: "succeeded", reason: null, error: null, response: null })).toEqual({
    kind: "not_kept",
  });
});

test("a failure with a response is still a failure", () => {
  const response = { status: 200, headers: [], base64: "", bytes: 0 };
  expect(answerOf({ status: "failed", reason: "function_error", error: null, response })).toMatchObject({
    kind: "problem",
  });
});

function publicDetail(answer: CallerAnswer): string {
  return answer.kind === "problem" ? withoutDetail(answer).detail : "";
}

test("the detail is the function's own message, but not for strangers", () => {
  const error = { code: "function_error", name: "KeyError", message: "'width'", source: "function" as const };
  const answer = answerOf({ status: "failed", reason: "function_error", error, response: null });
  expect(answer).toMatchObject({ detail: "KeyError: 'width'" });
  expect(publicDetail(answer)).toBe("the function threw an error");
});

test("the platform's words are for everyone", () => {
  const error = {
    code: "no_runner",
    message: "no runner with label gpu is online",
    source: "platform" as const,
  };
  const answer = answerOf({ status: "failed", reason: "no_runner", error, response: null });
  expect(publicDetail(answer)).toBe("no runner with label gpu is online");
});
