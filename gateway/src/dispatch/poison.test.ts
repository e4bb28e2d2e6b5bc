import { expect, test } from "vitest";
import { isPoison, suspicionAfter } from "./poison.ts";

test.each([
  ["no crash", [], false],
  ["one crash, alone", ["alone"], false],
  ["one crash, in company", ["company"], false],
  ["two crashes, both alone", ["alone", "alone"], true],
  ["two crashes, one of them alone", ["company", "alone"], true],
  ["the same in the other order", ["alone", "company"], true],
  ["two crashes, both in company", ["company", "company"], false],
  ["three crashes in company", ["company", "company", "company"], true],
] as const)("%s", (_name, crashes, expected) => {
  expect(isPoison(crashes.reduce(suspicionAfter, 0))).toBe(expected);
});
