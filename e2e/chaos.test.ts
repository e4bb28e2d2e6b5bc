import { describe, expect, it } from "vitest";
import { runReporting } from "./reporting-script.ts";

const storm = (...args: string[]) => runReporting("chaos/main.ts", ...args);

describe("a kill storm", () => {
  it("loses, changes and forgets nothing, and repeats only with a recorded cause", async () => {
    const { code, output, report } = await storm("--kills", "100", "--executions", "10000");
    expect(report, output).toMatchObject({ lost: 0, unexpected: 0, integrity: "ok" });
    expect(code, output).toBe(0);
    // A kill takes with it what was on its way, at most one call of each of the 24 lanes.
    expect(report.ok).toBeGreaterThan(7000);
    const ends = ["ok", "duplicated", "recovered", "unknown", "givenUp"].map((name) => Number(report[name]));
    expect(ends.reduce((sum, count) => sum + count)).toBe(10_000);
  }, 900_000);

  it.each([
    ["lost", { lost: 1 }],
    ["changed", { unexpected: 1 }],
    ["again", { unexpected: 1 }],
  ])(
    "is told by the checker when something was done to the rows: %s",
    async (plant, expected) => {
      const { code, output, report } = await storm("--kills", "4", "--executions", "400", "--plant", plant);
      expect(report.plantedOnes, output).toBe(1);
      expect(code, output).toBe(1);
      for (const [name, least] of Object.entries(expected)) {
        expect(report[name], output).toBeGreaterThanOrEqual(least);
      }
    },
    300_000,
  );
});
