import { expect, test } from "vitest";
import { compareVersions, isPythonNew } from "./versions.ts";

test.each([
  ["0.1.0", "0.1.9", "same"],
  ["0.1.0", "0.2.0", { older: "first", isMajor: false }],
  ["1.10.0", "1.9.4", { older: "second", isMajor: false }],
  ["1.9.0", "2.0.0-rc.1", { older: "first", isMajor: true }],
  ["2.0.0", "1.9.0", { older: "second", isMajor: true }],
])("%s beside %s", (first, second, expected) => {
  expect(compareVersions(first, second)).toEqual(expected);
});

test.each([
  ["3.11.2", true],
  ["3.14.0rc1", true],
  ["3.10.14", false],
  ["2.7.18", false],
])("Python %s runs functions: %s", (version, expected) => {
  expect(isPythonNew(version)).toBe(expected);
});
