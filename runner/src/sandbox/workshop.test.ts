import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Workshop } from "../work.ts";
import { versionIn } from "./workshop.suite.ts";
import { createWorkshop, type WorkshopOptions } from "./workshop.ts";

let folder: string;
let workshop: Workshop | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-workshop-"));
  workshop = null;
});
afterEach(async () => {
  await workshop?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function make(cache: WorkshopOptions["cache"]): Promise<Workshop> {
  workshop = await createWorkshop({
    kind: "process",
    stateDir: folder,
    images: { typescript: null, python: null },
    slots: 2,
    runner: "rnr_1",
    confinement: { runtime: null, seccomp: "strict" },
    log: () => undefined,
    egress: { filtered: true, opened: [] },
    ...(cache === undefined ? {} : { cache }),
  });
  return workshop;
}

test("without enough free disk a runner takes no work, and says why", async () => {
  const full = await make({ shelves: [], bytes: null, leastFreeBytes: 2 ** 60 });
  expect(full.runtimes).toEqual([]);
  expect(full.preparing()).toMatch(/^waiting for free disk: \d+ MB are left in /);
  await full.stop();
  const roomy = await make({ shelves: [], bytes: null, leastFreeBytes: 1 });
  expect(roomy.runtimes).toContain("typescript");
  expect(roomy.preparing()).toBeNull();
});

test("a version that serves is not removed from a full cache, others of before are, and a removed one is prepared again", async () => {
  for (const name of ["ver_old", "ver_older"]) {
    const path = join(folder, "versions", name);
    mkdirSync(join(path, "code"), { recursive: true });
    utimesSync(path, new Date(0), new Date(0));
  }
  const small = await make({ shelves: [], bytes: 1, leastFreeBytes: 0 });
  const names = () => readdirSync(join(folder, "versions"));
  expect(names()).toEqual([]);
  const code = ["export const handler = () => ({ is: 'fine' });"];
  const call = await versionIn(small, folder, "typescript", { "index.js": code });
  expect(await call({}).answer).toEqual({ is: "fine" });
  expect(names()).toHaveLength(1);
  for (const name of names()) utimesSync(join(folder, "versions", name), new Date(0), new Date(0));
  expect(await call({}).answer).toEqual({ is: "fine" });
});
