import { expect, test } from "vitest";
import type { Outcome } from "./events.ts";
import { keptOf } from "./kept-outcome.ts";

const printed: Outcome = {
  status: "succeeded",
  exitCode: 0,
  stdout: `${"x".repeat(99_999)}!`,
  stderr: "e",
  output: "o",
};
const answered = (body: unknown, headers: object = {}): Outcome => ({
  status: "succeeded",
  output: { status: 200, headers, body },
});

test.each([
  [1, 65_536],
  [64, 65_536],
  [128, 32_768],
  [1024, 4096],
  [10_000, 1024],
])("of what each of %i targets printed the last %i characters are kept", (targets, most) => {
  const { stdout = "", stderr } = keptOf(printed, targets);
  expect([stdout.length, stdout.at(-1), stderr]).toEqual([most, "!", "e"]);
});

test("an answer of one target is kept whole", () => {
  const outcome = answered("x".repeat(250_000));
  expect(keptOf(outcome, 1)).toEqual(outcome);
});

test("of many targets' answers those with too large a body have none, and say so", () => {
  const headers = { server: "a" };
  expect(keptOf(answered({ small: true }, headers), 1000)).toEqual(answered({ small: true }, headers));
  expect(keptOf(answered("x".repeat(5000), headers), 1000).output).toEqual({
    ...{ status: 200, headers, body: null, isCut: true },
  });
  expect(keptOf(answered({ list: ["x".repeat(5000)] }, { a: "y".repeat(5000) }), 1000).output).toEqual({
    ...{ status: 200, headers: {}, body: null, isCut: true },
  });
});

test("what all targets of a wide step leave in a run is bounded", () => {
  const large = answered("x".repeat(262_144), { a: "y".repeat(16_000) });
  const all = Array.from({ length: 1000 }, () => keptOf(large, 1000));
  expect(JSON.stringify(all).length).toBeLessThan(5 * 2 ** 20);
});
