import { expect, test } from "vitest";
import { afterTry, delaysMs } from "./schedule.ts";

const at = (status: number | null, retryAfterMs: number | null = null) => ({ status, retryAfterMs });

test.each([
  [200, "delivered"],
  [204, "delivered"],
  [301, "waiting"],
  [307, "waiting"],
  [400, "waiting"],
  [410, "refused"],
  [500, "waiting"],
  [null, "waiting"],
] as const)("%s: %s", (status, expected) => {
  expect(afterTry(1, at(status), 0, 0).status).toBe(expected);
});

test("ten tries are made within four days, each delay with up to a fifth more", () => {
  const spans = delaysMs
    .slice(1)
    .map((delay, i) => [delay, afterTry(i + 1, at(500), 0, 0), afterTry(i + 1, at(500), 0, 0.999)]);
  for (const [delay, least, most] of spans) {
    expect(least).toEqual({ status: "waiting", nextAt: delay });
    expect(most).toMatchObject({ nextAt: Math.round(Number(delay) * 1.1998) });
  }
  expect(afterTry(10, at(500), 0, 0)).toEqual({ status: "failed" });
});

test("a receiver that asks for time is given it, a day at most", () => {
  expect(afterTry(1, at(429, 60_000), 0, 0)).toEqual({ status: "waiting", nextAt: 60_000 });
  expect(afterTry(1, at(503, 1e12), 0, 0)).toEqual({ status: "waiting", nextAt: 86_400_000 });
});
