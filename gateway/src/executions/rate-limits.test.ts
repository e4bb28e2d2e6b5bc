import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import { expect, test } from "vitest";
import { FakeClock } from "../dispatch/world.suite.ts";
import { createRateLimits } from "./rate-limits.ts";

const codeOf = (work: () => void) => {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof ProblemError ? error.code : "bug";
  }
};

test("callers have buckets of their own, and a minute fills them", async () => {
  const clock = new FakeClock();
  const limits = createRateLimits(clock);
  const take = (caller: string) => codeOf(() => limits.take(caller, 1, []));
  expect([take("a"), take("a"), take("b")]).toEqual(["none", "rate_limited", "none"]);
  await clock.advance(60_000);
  expect(take("a")).toBe("none");
});

test("a refusal carries the headers too", () => {
  const limits = createRateLimits(new FakeClock());
  const headers: HeaderList = [];
  limits.take("a", 1, []);
  expect(codeOf(() => limits.take("a", 1, headers))).toBe("rate_limited");
  expect(headers.map(([name]) => name)).toEqual(["ratelimit-policy", "ratelimit"]);
});

test("a flood of callers does not grow the memory without end, and the newest keep their count", () => {
  const limits = createRateLimits(new FakeClock());
  for (let i = 0; i < 60_000; i++) limits.take(`caller-${i}`, 1, []);
  expect(codeOf(() => limits.take("caller-59999", 1, []))).toBe("rate_limited");
  expect(codeOf(() => limits.take("caller-0", 1, []))).toBe("none");
});
