import { type ProblemCode, ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodeOfStatus } from "./exit-codes.ts";

test.each([
  ["invalid_credential", 3],
  ["forbidden", 3],
  ["not_found", 4],
  ["conflict", 5],
  ["precondition_failed", 5],
  ["validation_failed", 6],
  ["build_failed", 6],
  ["rate_limited", 8],
  ["timed_out", 11],
  ["internal", 1],
] as [ProblemCode, number][])("%s exits with %i", (code, expected) => {
  expect(exitCodeOf(new ProblemError(code, "…"))).toBe(expected);
});

test("a gateway that cannot be reached exits with 7, a bug with 1", () => {
  expect(exitCodeOf(new ProblemError("unavailable", "…", { members: { unreachable: true } }))).toBe(7);
  expect(exitCodeOf(new TypeError("…"))).toBe(1);
});

test.each([
  ["succeeded", 0],
  ["failed", 10],
  ["dead", 10],
  ["timed_out", 11],
  ["cancelled", 12],
])("an execution that %s exits with %i", (status, expected) => {
  expect(exitCodeOfStatus(status)).toBe(expected);
});
