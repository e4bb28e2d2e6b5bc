import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runReporting } from "./reporting-script.ts";

/** Why this machine cannot make network namespaces; null: it can. */
function whyNot(): string | null {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  try {
    execFileSync("ip", ["netns", "list"], { stdio: "ignore" });
    execFileSync("iptables", ["--version"], { stdio: "ignore" });
    return null;
  } catch {
    return "ip and iptables are missing";
  }
}

const missing = whyNot();

describe.skipIf(missing !== null)(
  `runners that are cut off${missing === null ? "" : ` (${missing})`}`,
  () => {
    it("cost no attempt below 45 s, lose no line of a log, and never run beside the next attempt", async () => {
      const args = ["--cuts", "10", "--lanes", "10", "--least", "5", "--most", "70", "--seed", "113"];
      const { code, output, report } = await runReporting("chaos/cuts.ts", ...args);
      const results = report.results as { ms: number; losses: string[] }[];
      expect(
        results.filter(({ ms, losses }) => ms < 45_000 && losses.length > 0),
        "what a cut below 45 s cost",
      ).toEqual([]);
      expect(report, output).toMatchObject({
        ...{ faults: 10, unended: 0, logsDiffer: 0, overlaps: 0, shortThatCost: 0 },
      });
      expect(report.oneWay, "some cuts go one way").toBeGreaterThan(0);
      expect(report.takenOver, "one of the cuts is long enough").toBeGreaterThan(0);
      expect(code, output).toBe(0);
    }, 900_000);
  },
);
