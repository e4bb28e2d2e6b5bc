import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startProcess } from "./platforms/node.ts";

describe("honest callers beside slow, endless, deaf and wrong ones", () => {
  it("are answered, soon, by a gateway whose memory stays bounded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulse-abuse-"));
    const report = join(folder, "report.json");
    try {
      const args = ["--seconds", "6", "--connections", "500", "--report", report];
      const running = startProcess("chaos/abuse.ts", { TMPDIR: folder }, args);
      const code = await running.exited;
      const said = JSON.parse(await readFile(report, "utf8").catch(() => "null"));
      for (const phase of said?.phases ?? []) expect(phase, running.output()).toMatchObject({ failed: 0 });
      expect(code, running.output()).toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});
