import { describe, expect, it } from "vitest";
import { runReporting } from "./reporting-script.ts";

describe("honest callers beside slow, endless, deaf and wrong ones", () => {
  it("are answered, soon, by a gateway whose memory stays bounded", async () => {
    const args = ["--seconds", "6", "--connections", "500"];
    const { code, output, report } = await runReporting("chaos/abuse.ts", ...args);
    expect(report.phases, output).toHaveLength(9);
    for (const phase of report.phases as object[]) expect(phase, output).toMatchObject({ failed: 0 });
    expect(code, output).toBe(0);
  }, 600_000);
});
