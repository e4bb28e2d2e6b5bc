import { describe, expect, it } from "vitest";
import { whyNotRecorded } from "../chaos/images/record.ts";
import { runReporting } from "./reporting-script.ts";

const missing = whyNotRecorded();
if (missing !== null) process.stderr.write(`SKIPPED: no loss of power is played, for ${missing}\n`);

describe.skipIf(missing !== null)(`a loss of power${missing === null ? "" : ` (${missing})`}`, () => {
  it("takes nothing that was acknowledged, and every disk that it may leave opens", async () => {
    const { code, output, report } = await runReporting("chaos/images.ts", "--images", "300", "--seed", "17");
    expect(report, output).toMatchObject({
      images: 300,
      whole: 300,
      lost: 0,
      changed: 0,
      damaged: 0,
      refused: 0,
    });
    expect(Number(report.acks), output).toBeGreaterThan(300);
    expect(code, output).toBe(0);
  }, 300_000);

  it("would be found to take some, did commits not wait for the disk", async () => {
    const { code, output, report } = await runReporting(
      "chaos/images.ts",
      "--images",
      "60",
      "--seed",
      "18",
      "--weak",
    );
    expect(Number(report.lost), output).toBeGreaterThan(20);
    expect(report.damaged, output).toBe(0);
    expect(code, output).toBe(1);
  }, 300_000);
});
