import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aliasField } from "@pulse/schema/wire/fields";
import { afterEach, beforeEach, expect, test } from "vitest";
import { branchOf, previewAlias } from "./branch.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pulse-branch-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("the branch is that of the checkout around a folder, of a worktree its own", () => {
  mkdirSync(join(dir, "main", ".git", "worktrees", "fix"), { recursive: true });
  mkdirSync(join(dir, "main", "functions", "hello"), { recursive: true });
  writeFileSync(join(dir, "main", ".git", "HEAD"), "ref: refs/heads/main\n");
  expect(branchOf(join(dir, "main", "functions", "hello"))).toBe("main");
  const own = join(dir, "main", ".git", "worktrees", "fix");
  writeFileSync(join(own, "HEAD"), "ref: refs/heads/fix/login\n");
  mkdirSync(join(dir, "fix"));
  writeFileSync(join(dir, "fix", ".git"), `gitdir: ${own}\n`);
  expect(branchOf(join(dir, "fix"))).toBe("fix/login");
  writeFileSync(join(own, "HEAD"), `${"0".repeat(40)}\n`);
  expect(branchOf(join(dir, "fix"))).toBeNull();
});

test.each([
  ["main", "preview-main"],
  ["fix/Login_2", "preview-fix-login_2"],
  ["--Ünï--", "preview-n"],
  ["///", null],
])("the alias of %s is %s", (branch, alias) => {
  expect(previewAlias(branch)).toBe(alias);
});

test("two long branches have two aliases that the gateway takes", () => {
  const [a, b] = ["a", "b"].map((end) => previewAlias(`feature/${"long-".repeat(20)}${end}`));
  expect(a).not.toBe(b);
  for (const alias of [a, b]) expect(aliasField.safeParse(alias).success).toBe(true);
});
