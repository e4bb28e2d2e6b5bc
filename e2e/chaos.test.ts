import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProcess } from "./platforms/node.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pulse-chaos-report-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function storm(...args: string[]) {
  const report = join(folder, `${args.join("")}.json`);
  const running = startProcess("chaos/main.ts", { TMPDIR: folder }, [...args, "--report", report]);
  const code = await running.exited;
  const said = await readFile(report, "utf8").catch(() => null);
  if (said === null) throw new Error(`the storm ended with ${code} and no report\n${running.output()}`);
  return { code, output: running.output(), report: JSON.parse(said) };
}

describe("a kill storm", () => {
  it("loses, changes and forgets nothing, and repeats only with a recorded cause", async () => {
    const { code, output, report } = await storm("--kills", "100", "--executions", "10000");
    expect(report, output).toMatchObject({ lost: 0, unexpected: 0, integrity: "ok" });
    expect(code, output).toBe(0);
    // A kill takes with it what was on its way, at most one call of each of the 24 lanes.
    expect(report.ok).toBeGreaterThan(7000);
  }, 900_000);

  it.each([
    ["lost", { lost: 1 }],
    ["changed", { unexpected: 1 }],
    ["again", { unexpected: 1 }],
  ])(
    "is told by the checker when something was done to the rows: %s",
    async (plant, expected) => {
      const { code, output, report } = await storm("--kills", "6", "--executions", "600", "--plant", plant);
      expect(code, output).toBe(1);
      for (const [name, least] of Object.entries(expected)) {
        expect(report[name], output).toBeGreaterThanOrEqual(least);
      }
    },
    300_000,
  );
});
