import { expect, test } from "vitest";
import { drawBytes, isDrawn } from "./draw.ts";
import { countedFrom, whyEnd } from "./due.ts";

const guard = { maxErrorRate: 10, minCalls: 20 };

test.each([
  [{ ended: 20, failed: 7 }, "rolled back: 7 of 20 calls failed, more than 10 %"],
  [{ ended: 21, failed: 3 }, "rolled back: 3 of 21 calls failed, more than 10 %"],
  [{ ended: 20, failed: 2 }, null],
  [{ ended: 19, failed: 19 }, null],
  [{ ended: 0, failed: 0 }, null],
])("of %o it says %s", (calls, reason) => {
  expect(whyEnd(calls, guard)).toBe(reason);
});

test("a fraction of a percent is a bound too", () => {
  expect(whyEnd({ ended: 1000, failed: 5 }, { maxErrorRate: 0.5, minCalls: 1 })).toBeNull();
  expect(whyEnd({ ended: 1000, failed: 6 }, { maxErrorRate: 0.5, minCalls: 1 })).toContain("more than 0.5 %");
});

test("calls count from the window on, and never from before the split", () => {
  expect(countedFrom(100_000, 90_000, 60_000)).toBe(90_000);
  expect(countedFrom(200_000, 90_000, 60_000)).toBe(140_000);
});

test("the weight is the share of all draws that go to the second version", () => {
  const bytesOf = (number: number) => new Uint8Array(new Uint32Array([number]).buffer).reverse();
  expect(bytesOf(0)).toHaveLength(drawBytes);
  const share = (weight: number) => {
    let drawn = 0;
    for (let at = 0; at < 1000; at++)
      if (isDrawn(weight, bytesOf(Math.floor(((at + 0.5) / 1000) * 2 ** 32)))) drawn++;
    return drawn;
  };
  expect(share(10)).toBe(100);
  expect(share(99)).toBe(990);
  expect(isDrawn(1, bytesOf(0))).toBe(true);
  expect(isDrawn(99, bytesOf(2 ** 32 - 1))).toBe(false);
});
