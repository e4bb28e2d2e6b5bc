import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCellFolder, sweepCellFolders } from "./cell-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pulse-sweep-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("what a killed runner left is removed; what a living one has, and what is no sandbox's, stays", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const left = join(root, `pulse-cell-${pid}-abc`);
  const other = join(root, "pulse-cellar");
  mkdirSync(left);
  mkdirSync(other);
  const mine = await makeCellFolder(root);
  await sweepCellFolders(root);
  expect([left, other, mine].map((path) => existsSync(path))).toEqual([false, true, true]);
});
