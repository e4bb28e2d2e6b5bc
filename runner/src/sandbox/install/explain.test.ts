import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explainFailure, type FailedInstall } from "./explain.ts";
import { defaultLimits } from "./limits.ts";
import type { InstallPlan } from "./plan.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-explain-"));
  const manifest = { dependencies: { "@a/b": "^1.0.0", left: "2" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan: InstallPlan = {
  ...{
    runtime: "typescript",
    lock: "",
    placed: "node_modules",
    words: "",
    hosts: [],
    files: {},
    credentials: [],
  },
  steps: { command: "install", rebuild: [] },
};
const ended: FailedInstall = { code: 1, signal: null, outOfMemory: false, timedOut: false, said: [] };

test.each<[string, Partial<FailedInstall>, object]>([
  [
    "a scoped package that is not there",
    { said: ["npm error code E404", "npm error 404 Not Found - GET https://x.test/@a%2fb - Not found"] },
    { message: "the registry has no package @a/b", file: "package.json", line: 3 },
  ],
  [
    "a version that is not there",
    { said: ["npm error code ETARGET", "npm error notarget No matching version found for left@2."] },
    { message: "the registry has no version of left that fits 2", line: 4 },
  ],
  [
    "a lock that does not agree",
    { said: ["npm error code EUSAGE", "npm error `npm ci` can only install packages when … are in sync."] },
    { message: expect.stringContaining("do not agree") },
  ],
  [
    "a disk that is full",
    { said: ["npm error code ENOSPC", "npm error nospc There appears to be insufficient space"] },
    { message: expect.stringContaining("at most 512 MiB and 50000 files") },
  ],
  [
    "too little memory",
    { code: null, outOfMemory: true },
    { message: expect.stringContaining("more memory") },
  ],
  ["too long", { timedOut: true }, { message: expect.stringContaining("longer than 300 s") }],
  [
    "a registry that is not on the list",
    { said: ["egress refused: evil.test:443 is not on the function's egress list", "npm error network"] },
    { message: expect.stringContaining("evil.test:443") },
  ],
  [
    "an error that is not known",
    { said: ["npm error code EODD", "npm error something odd", "npm error A complete log of this run …"] },
    { message: "npm error something odd" },
  ],
  [
    "an image without npm",
    { code: 127, said: ["npm cannot be started: spawn npm ENOENT"] },
    { message: expect.stringContaining("has no npm") },
  ],
  [
    "a program that is not there",
    { code: 127, said: ["npm: nothing"] },
    { message: expect.stringContaining("127") },
  ],
  ["a kill", { code: null, signal: "SIGKILL" }, { message: expect.stringContaining("SIGKILL") }],
])("%s is said in words", async (_name, failed, expected) => {
  const error = await explainFailure({ ...ended, ...failed }, plan, folder, defaultLimits);
  expect(error).toMatchObject({ code: "build_failed", ...expected });
});
