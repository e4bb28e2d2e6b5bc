import { ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { mayPass } from "./backoff.ts";

test.each([
  ["a gateway out of reach", new ProblemError("unavailable", "no route"), true],
  ["too many requests", new ProblemError("rate_limited", "later"), true],
  ["a body that was damaged on its way", new ProblemError("digest_mismatch", "another digest"), true],
  ["no answer in time", new DOMException("late", "TimeoutError"), true],
  ["a refusal", new ProblemError("validation_failed", "not like this"), false],
  ["a bug", new TypeError("undefined is not a function"), false],
])("%s: trying again may help, or may not", (_, error, expected) => {
  expect(mayPass(error)).toBe(expected);
});
