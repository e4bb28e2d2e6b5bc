import { expect, test } from "vitest";
import { standOf } from "./upgrade-runners.ts";

test.each([
  ["running", "waiting", "waiting"],
  ["planned", "waiting", "waiting"],
  ["stopped", "waiting", "untold"],
  ["failed", "waiting", "untold"],
  ["stopped", "upgraded", "upgraded"],
  ["stopped", "told", "told"],
] as const)("in an upgrade that is %s a runner that is %s stands as %s", (upgrade, state, stand) => {
  expect(standOf({ state }, upgrade)).toBe(stand);
});
