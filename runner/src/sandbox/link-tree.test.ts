import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linkTree } from "./link-tree.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-link-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("every file of a tree stands in the other one, without a copy, beside what was there", async () => {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  const names = Array.from({ length: 50 }, (_, n) => `deep/${n % 7}/${n}.txt`);
  for (const name of ["top.txt", ...names]) {
    mkdirSync(join(from, name, ".."), { recursive: true });
    writeFileSync(join(from, name), name);
  }
  mkdirSync(join(to, "deep"), { recursive: true });
  writeFileSync(join(to, "deep", "own.txt"), "own");
  await linkTree(from, to);
  for (const name of ["top.txt", ...names]) {
    expect(readFileSync(join(to, name), "utf8")).toBe(name);
    expect(statSync(join(to, name)).ino).toBe(statSync(join(from, name)).ino);
  }
  expect(readFileSync(join(to, "deep", "own.txt"), "utf8")).toBe("own");
});
