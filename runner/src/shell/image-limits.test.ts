import { expect, test } from "vitest";
import { imageLimits } from "./image-limits.ts";

const none = { memory: null, cpus: null, hasNetwork: true };

test.each([
  ["three quarters of the machine's", none, null, 6000],
  ["no more than all sandboxes together", none, 2000, 2000],
  ["no more than the policy says", { ...none, memory: 1000 }, 2000, 1000],
  ["no more than the machine can give, whatever they say", { ...none, memory: 9000 }, 7000, 6000],
])("a command in an image has a memory of %s", (_, rules, budget, memory) => {
  expect(imageLimits(rules, budget, 8000)).toEqual({ cpus: null, hasNetwork: true, memory });
});

test("processors and network are what the policy says", () => {
  const rules = { memory: null, cpus: 2, hasNetwork: false };
  expect(imageLimits(rules, null, 8000)).toMatchObject({ cpus: 2, hasNetwork: false });
});
