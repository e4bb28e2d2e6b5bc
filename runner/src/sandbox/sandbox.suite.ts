import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Language } from "@pulse/schema/wire/manifest";
import { afterAll, beforeAll, describe } from "vitest";
import type { Workshop } from "../work.ts";
import { casesSuite } from "./cases.suite.ts";
import { factsSuite } from "./facts.suite.ts";
import { createWorkshop } from "./workshop.ts";

/** What every sandbox must do: the cases of `runtimes/cases`, and what no case can say. Skips, visibly, runtimes that this machine does not have. */
export function sandboxSuite(
  kind: "process" | "docker",
  runtimes: readonly Language[],
  containerRuntime: string | null = null,
): void {
  let folder: string;
  let workshop: Workshop;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-sandbox-"));
    workshop = await createWorkshop({
      kind,
      stateDir: folder,
      images: {
        typescript: process.env.PULSE_IMAGE_TYPESCRIPT ?? null,
        python: process.env.PULSE_IMAGE_PYTHON ?? null,
      },
      slots: 4,
      runner: `rnr_test_${process.pid}`,
      confinement: { runtime: containerRuntime, seccomp: "strict" },
      log: () => undefined,
      egress: { filtered: true, opened: [] },
    });
    if (workshop.preparing() !== null) {
      await new Promise<void>((resolve) => {
        workshop.onChange(() => {
          if (workshop.preparing() === null) resolve();
        });
      });
    }
  }, 120_000);
  afterAll(async () => {
    await workshop?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  for (const runtime of ["typescript", "python"] as const) {
    describe.skipIf(!runtimes.includes(runtime))(runtime, () => {
      describe("facts", () =>
        factsSuite(
          runtime,
          kind,
          () => workshop,
          () => folder,
          containerRuntime !== null,
        ));
      describe("cases", () =>
        casesSuite(
          runtime,
          () => workshop,
          () => folder,
        ));
    });
  }
}
