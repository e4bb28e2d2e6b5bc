import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startProcess } from "./platforms/node.ts";

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
      const folder = await mkdtemp(join(tmpdir(), "pulse-cuts-"));
      const report = join(folder, "report.json");
      try {
        const args = ["--cuts", "10", "--lanes", "10", "--least", "5", "--most", "70", "--seed", "15"];
        const running = startProcess("chaos/cuts.ts", { TMPDIR: folder }, [...args, "--report", report]);
        const code = await running.exited;
        const said = JSON.parse(await readFile(report, "utf8").catch(() => "null"));
        expect(said, running.output()).toMatchObject({
          ...{ faults: 10, unended: 0, logsDiffer: 0, overlaps: 0, shortThatCost: 0 },
          oneWay: expect.any(Number),
        });
        expect(said.takenOver, "one of the cuts is long enough").toBeGreaterThan(0);
        expect(code, running.output()).toBe(0);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }, 900_000);
  },
);
