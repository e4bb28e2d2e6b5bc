import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changedFiles } from "./changed-files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pulse-diff-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const file = (path: string, content: string | Uint8Array) => writeFileSync(join(dir, path), content);
const there = (path: string, text: string | null) => ({ path, bytes: 0, text });

test("each file that differs is a unified diff, one that is new or gone too", () => {
  file("index.ts", "one\ntwo\n3\n");
  file("new.ts", "new\n");
  file("same.ts", "same\n");
  const source = [
    there("gone.ts", "gone\n"),
    there("index.ts", "one\ntwo\nthree\n"),
    there("same.ts", "same\n"),
  ];
  const changed = changedFiles(dir, ["index.ts", "new.ts", "same.ts"], source, new Set(["index.ts"]));
  expect(changed.map(({ path, is, patch }) => [path, is, patch?.split("\n")])).toEqual([
    ["gone.ts", "removed", ["--- a/gone.ts", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-gone", ""]],
    [
      ...["index.ts", "changed"],
      ["--- a/index.ts", "+++ b/index.ts", "@@ -1,3 +1,3 @@", " one", " two", "-three", "+3", ""],
    ],
    ["new.ts", "added", ["--- /dev/null", "+++ b/new.ts", "@@ -0,0 +1,1 @@", "+new", ""]],
  ]);
});

test("what is no text, or too large, is told by its name alone", () => {
  file("zero.bin", new Uint8Array([1, 0, 2]));
  file("latin.txt", new Uint8Array([0xe9, 0x0a]));
  file("large.txt", "x".repeat(2 ** 20 + 1));
  file("hidden.txt", "text");
  const paths = ["hidden.txt", "large.txt", "latin.txt", "zero.bin"];
  const changed = changedFiles(dir, paths, [there("hidden.txt", null)], new Set(paths));
  expect(changed.map(({ path, patch }) => [path, patch])).toEqual(paths.map((path) => [path, null]));
});
