import { expect, test } from "vitest";
import { addTally, emptyTally, summaryLine, tallyOf } from "./report.ts";

const file = (name: string, status: string, tests: Record<string, string>) => ({
  name: `/repo/${name}`,
  status,
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
});

test("passed, failed and skipped tests are counted, and named by file", () => {
  const report = {
    testResults: [
      file("a.test.ts", "failed", { "adds numbers": "passed", "subtracts numbers": "failed" }),
      file("b.test.ts", "passed", { "needs Docker": "pending", later: "todo", "by name": "skipped" }),
    ],
  };
  expect(tallyOf(report, "/repo")).toEqual({
    passed: 1,
    failed: ["a.test.ts › subtracts numbers"],
    skipped: ["b.test.ts › needs Docker", "b.test.ts › later", "b.test.ts › by name"],
  });
});

test("a file that does not load is one failure", () => {
  const report = { testResults: [file("a.test.ts", "failed", {})] };
  expect(tallyOf(report, "/repo").failed).toEqual(["a.test.ts"]);
});

test("a broken hook beside passed tests is one failure", () => {
  const report = { testResults: [file("a.test.ts", "failed", { "adds numbers": "passed" })] };
  expect(tallyOf(report, "/repo")).toMatchObject({ passed: 1, failed: ["a.test.ts"] });
});

test("a report of another shape is refused", () => {
  expect(() => tallyOf({ results: [] }, "/repo")).toThrow("testResults");
});

test("the summary names skipped tests only when there are any", () => {
  const one = { passed: 3, failed: ["a"], skipped: [] };
  expect(summaryLine(one)).toBe("3 passed, 1 failed");
  expect(summaryLine(addTally(one, { passed: 1, failed: [], skipped: ["b"] }))).toBe(
    "4 passed, 1 failed, 1 skipped",
  );
  expect(summaryLine(emptyTally())).toBe("0 passed, 0 failed");
});

test("a failure tells its reason in one line, of a long one both ends and no stack", () => {
  const failing = (message: string) => ({
    name: "/repo/a.test.ts",
    status: "failed",
    assertionResults: [{ fullName: "adds", status: "failed", failureMessages: [message] }],
  });
  const failed = (message: string) => tallyOf({ testResults: [failing(message)] }, "/repo").failed;
  expect(failed("Error: 1 is not\n  2\n    at /repo/a.test.ts:3:4")).toEqual([
    "a.test.ts › adds: Error: 1 is not 2",
  ]);
  const [long = ""] = failed(`begin${"x".repeat(5000)}end`);
  expect(long).toMatch(/^a\.test\.ts › adds: begin(x+) … (x+)end$/);
  expect(long.length).toBeLessThan(700);
});
