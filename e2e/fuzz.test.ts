import { expect, test } from "vitest";
import { runReporting } from "./reporting-script.ts";

test("20,000 requests made from the OpenAPI document meet no unexpected error and no hang", async () => {
  const { code, output, report } = await runReporting("chaos/fuzz.ts", "--requests", "20000");
  expect(report.defects, output).toEqual([]);
  expect(report.operations, output).toBeGreaterThan(80);
  expect(code, output).toBe(0);
}, 600_000);
