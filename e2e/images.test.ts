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
    expect(Number(report.promises), output).toBeGreaterThan(300);
    expect(code, output).toBe(0);
  }, 300_000);

  it("takes no outcome and no line of a log that a runner's spool had on its disk", async () => {
    const args = ["--spool", "--executions", "150", "--images", "300", "--seed", "19"];
    const { code, output, report } = await runReporting("chaos/images.ts", ...args);
    expect(report, output).toMatchObject({ images: 300, whole: 300, lost: 0, changed: 0, refused: 0 });
    expect(Number(report.promises), output).toBeGreaterThan(100);
    expect(code, output).toBe(0);
  }, 300_000);

  it.each([
    ["commits", []],
    ["a spool", ["--spool"]],
  ])(
    "would be found to take some, did %s not wait for the disk",
    async (_, more) => {
      const args = ["--images", "60", "--seed", "18", "--weak", ...more];
      const { code, output, report } = await runReporting("chaos/images.ts", ...args);
      expect(Number(report.lost), output).toBeGreaterThan(20);
      expect(report.damaged, output).toBe(0);
      expect(code, output).toBe(1);
    },
    300_000,
  );
});
