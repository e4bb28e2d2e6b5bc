import { globSync } from "node:fs";
import { matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { laneOf, sideBySide } from "./lanes.ts";

const root = new URL("..", import.meta.url).pathname;
const files = globSync("e2e/**/*.test.ts", { cwd: root }).sort();
const filesOf = (name: string | undefined) => {
  const { include, exclude } = laneOf(name);
  const within = (globs: string[], file: string) => globs.some((glob) => matchesGlob(file, glob));
  return files.filter((file) => within(include, file) && !within(exclude, file));
};

test("every end-to-end file is in one lane, and what is named side by side is there", () => {
  const [pairs, alone] = [filesOf("side by side"), filesOf("alone")];
  expect(pairs).toEqual([...sideBySide].sort());
  expect([...pairs, ...alone].sort()).toEqual(files);
  expect(alone.length).toBeGreaterThan(10);
});

test("without a lane every file runs, one at a time; a lane that is misspelt runs nothing", () => {
  expect(filesOf(undefined)).toEqual(files);
  expect(laneOf(undefined).atOnce).toBe(1);
  expect(laneOf("alone").atOnce).toBe(1);
  expect(() => laneOf("allone")).toThrow("there is no lane");
});
