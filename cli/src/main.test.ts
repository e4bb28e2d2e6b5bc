import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest } from "@pulse/schema/wire/manifest";
import { afterEach, beforeEach, expect, test } from "vitest";

const entry = fileURLToPath(new URL("main.ts", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function pulse(...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, PULSE_GATEWAY: "http://localhost:1", PULSE_LANG: "en" };
  return spawnSync(process.execPath, [entry, ...args], { cwd: folder, env, encoding: "utf8" });
}

test.each(["typescript", "python", "image"])(
  "init %s writes a function that deploys, and overwrites nothing",
  (language) => {
    expect(pulse("init", language, "greet").status).toBe(0);
    const written = JSON.parse(readFileSync(join(folder, "greet", "pulse.jsonc"), "utf8"));
    expect(manifest.safeParse(written)).toMatchObject({
      success: true,
      data: { name: "greet", runtime: language },
    });
    const again = pulse("init", language, "greet");
    expect([again.status, again.stdout]).toEqual([5, ""]);
    expect(again.stderr).toContain("exists already");
  },
);

test("an unknown command is a usage error with a suggestion", () => {
  const run = pulse("deplyo");
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("deploy");
});

test("a gateway that cannot be reached exits with 7; with --json the problem is one document on stderr", () => {
  expect(pulse("whoami").status).toBe(7);
  const run = pulse("--json", "whoami");
  expect([run.status, run.stdout]).toEqual([7, ""]);
  expect(JSON.parse(run.stderr)).toMatchObject({ code: "unavailable" });
});

test("a folder without a manifest is said, with what to do", () => {
  const run = pulse("deploy", ".");
  expect(run.status).toBe(4);
  expect(run.stderr).toMatch(/no pulse\.jsonc[\s\S]*pulse init/);
});
