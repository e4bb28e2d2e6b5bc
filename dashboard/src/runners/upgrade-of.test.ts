import type { UpgradedRunner } from "@pulse/schema/wire/runner-upgrades";
import { expect, test } from "vitest";
import { isInstalled, isShown, otherVersions, partsOf, toldForMs } from "./upgrade-of.ts";

test("runners of another version are told, and none while a version is not known", () => {
  const runners = ["0.1.0", "0.2.0", null, "0.3.0"].map((version) => ({ version }));
  expect(otherVersions("0.2.0", runners)).toEqual([{ version: "0.1.0" }, { version: "0.3.0" }]);
  expect(otherVersions(undefined, runners)).toEqual([]);
});

test("a runner is installed when it says of which archive it is", () => {
  expect([{ bundle: "ab12" }, { os: "linux" }, null].map((facts) => isInstalled({ facts }))).toEqual([
    true,
    false,
    false,
  ]);
});

const now = Date.parse("2026-05-01T12:00:00Z");
const ended = (agoMs: number) => new Date(now - agoMs).toISOString();
test.each([
  ["running", null, 0, true],
  ["succeeded", ended(toldForMs - 1), 0, true],
  ["succeeded", ended(toldForMs), 5, false],
  ["failed", ended(toldForMs), 5, true],
  ["stopped", ended(toldForMs), 0, false],
] as const)("an upgrade that is %s, ended %s, with %i others: shown %s", (state, endedAt, others, shown) => {
  expect(isShown({ state, endedAt }, others, now)).toBe(shown);
});

test("runners stand in their waves, in the order in which they come, and the others apart", () => {
  const runner = (name: string, wave: number | null, state: UpgradedRunner["state"]): UpgradedRunner => ({
    ...{ id: `rnr_${name}`, name, wave, state, why: null, at: null },
  });
  const runners = [
    runner("a", 1, "upgraded"),
    runner("b", 2, "waiting"),
    runner("c", null, "left"),
    runner("d", 1, "failed"),
    runner("e", null, "current"),
  ];
  const { waves, current, left } = partsOf({ waves: 2, runners });
  expect(waves.map((wave) => wave.map(({ name }) => name))).toEqual([["a", "d"], ["b"]]);
  expect([current, left].map((part) => part.map(({ name }) => name))).toEqual([["e"], ["c"]]);
});
