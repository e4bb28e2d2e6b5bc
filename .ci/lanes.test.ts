import { globSync } from "node:fs";
import { matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { aloneUnits, type Lane, laneOf, sideBySide, unitLaneOf } from "./lanes.ts";

const root = new URL("..", import.meta.url).pathname;
const files = globSync("e2e/**/*.test.ts", { cwd: root }).sort();
const within = (globs: readonly string[], file: string) => globs.some((glob) => matchesGlob(file, glob));
const of = ({ include, exclude }: Lane, all: string[]) =>
  all.filter((file) => within(include, file) && !within(exclude, file));
const filesOf = (name: string | undefined) => of(laneOf(name), files);

test("every end-to-end file is in one lane, and what is named side by side is there", () => {
  const [pairs, browsers, alone] = ["side by side", "browsers side by side", "alone"].map(filesOf);
  expect([...(pairs ?? []), ...(browsers ?? [])].sort()).toEqual([...sideBySide].sort());
  expect([...sideBySide, ...(alone ?? [])].sort()).toEqual(files);
  expect(alone?.length).toBeGreaterThan(10);
});

test("no file runs beside a browser that may start a container", () => {
  expect(filesOf("side by side").filter((file) => file.includes("/browser/"))).toEqual([]);
  const others = filesOf("browsers side by side").filter((file) => !file.startsWith("e2e/browser/"));
  expect(others).toEqual([]);
});

test("without a lane every file runs, one at a time; a lane that is misspelt runs nothing", () => {
  expect(filesOf(undefined)).toEqual(files);
  expect(laneOf(undefined).atOnce).toBe(1);
  expect(laneOf("alone").atOnce).toBe(1);
  expect(() => laneOf("allone")).toThrow("there is no lane");
});

test("every unit file is in one lane, and what is named alone is there", () => {
  const units = globSync(["gateway/src/**/*.test.ts", "runner/src/**/*.test.ts", "runtimes/*.test.ts"], {
    cwd: root,
  }).sort();
  const filesOf = (name: string | undefined) =>
    of(unitLaneOf(name, ["gateway/src", "runner/src", "runtimes"]), units);
  const [pairs, alone] = [filesOf("side by side"), filesOf("alone")];
  expect([...pairs, ...alone].sort()).toEqual(units);
  expect(pairs.length).toBeGreaterThan(alone.length);
  for (const glob of aloneUnits)
    expect(
      alone.some((file) => matchesGlob(file, glob)),
      glob,
    ).toBe(true);
  expect(filesOf(undefined)).toEqual(units);
  expect(unitLaneOf("alone", []).atOnce).toBe(1);
  expect(() => unitLaneOf("pairs", [])).toThrow("there is no lane");
});
