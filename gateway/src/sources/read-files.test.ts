import { readLayout } from "@pulse/schema/apply/layout";
import { expect, test } from "vitest";
import { excessOf, folderMost } from "./folder-bounds.ts";
import { readFiles } from "./read-files.ts";

const encoder = new TextEncoder();
const archive = (files: Record<string, string>) =>
  Object.entries(files).map(([path, text]) => ({ path, content: encoder.encode(text) }));
const wrongOf = (files: Record<string, string>) => {
  const read = readFiles(archive(files), "");
  return "wrong" in read ? read.wrong.map(({ path, message }) => `${path} ${message}`) : [];
};
const manifest = '{"name": "hello", "runtime": "typescript"}';
const large = "x".repeat(5 * 2 ** 20);

test("a folder that is listed twice is refused before anything in it is read", () => {
  const files = { "f/pulse.jsonc": manifest, "w/tidy.json": "{}" };
  expect(wrongOf({ ...files, "pulse.yaml": "functions: [f, ./f/]" })).toEqual(["f is listed twice"]);
  expect(wrongOf({ ...files, "pulse.yaml": "workflows: [w, w, w]" })).toEqual(["w is listed twice"]);
});

test("folders in folders count for each of them", () => {
  const nested = { "a/pulse.jsonc": manifest, "a/b/c/large": large };
  const listed = Array.from({ length: 12 }, (_, i) => `a${"/b/c".slice(0, (i % 3) * 2)}${"/.".repeat(i)}`);
  expect(wrongOf({ ...nested, "pulse.yaml": `functions: [${listed}]` })[0]).toContain("is listed twice");
  const deep = Array.from({ length: 12 }, (_, i) => `a${"/b".repeat(i)}`);
  const files = { [`${deep.at(-1)}/large`]: large, "pulse.yaml": `functions: [${deep}]` };
  expect(wrongOf(files)).toEqual([expect.stringContaining("pulse.yaml has functions of 60.0 MiB")]);
});

test("a function of more than 8 MiB is refused by its name", () => {
  const files = { "functions/a/pulse.jsonc": manifest, "functions/a/1": large, "functions/b/1": large };
  expect(wrongOf({ ...files, "functions/a/2": large, "pulse.yaml": "" })).toEqual([
    expect.stringContaining("pulse.yaml has a function of 10.0 MiB, functions/a, and one of a source"),
  ]);
  expect(wrongOf({ ...files, "pulse.yaml": "functions: [functions/a]" })).toEqual([]);
});

test("more things, and larger definitions, than a source has are refused", () => {
  const names = Array.from({ length: folderMost.things + 1 }, (_, i) => `workflows/w${i}.json`);
  const definitions = archive(Object.fromEntries(names.map((name) => [name, "{}"])));
  const read = readLayout("");
  const layout = "layout" in read ? read.layout : expect.unreachable();
  const parts = { layout, dirs: [], sizes: [] };
  expect(excessOf({ ...parts, definitions: definitions.slice(1) })).toBeNull();
  const removed = { ...layout, removed: { schedules: ["nightly"] } };
  expect(excessOf({ ...parts, layout: removed, definitions: definitions.slice(1) })).toContain("1001 things");
  expect(wrongOf({ ...Object.fromEntries(names.map((name) => [name, "{}"])), "pulse.yaml": "" })).toEqual([
    expect.stringContaining("pulse.yaml says what becomes of 1001 things"),
  ]);
  expect(wrongOf({ "pulse.yaml": "", "workflows/a.json": large })).toEqual([
    expect.stringContaining("pulse.yaml has definitions of 5.0 MiB"),
  ]);
});
