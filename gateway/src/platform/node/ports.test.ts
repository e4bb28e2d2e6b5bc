import { expect, test } from "vitest";
import { stderrLog } from "./ports.ts";
import { processFacts } from "./process-facts.ts";

test("lines for machines are one JSON object each, with the ids and the stacks of every cause", () => {
  const lines: string[] = [];
  const log = stderrLog((line) => lines.push(line), "json");
  log.error("it failed\ntwice", new Error("outer", { cause: new Error("inner") }), { requestId: "req_1" });
  log.info("it goes on");
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  expect(first).toMatchObject({ level: "error", message: "it failed\ntwice", requestId: "req_1" });
  expect(first.cause.map((one: string) => one.split("\n")[0])).toEqual(["Error: outer", "Error: inner"]);
  expect(second).toEqual({ time: expect.any(String), level: "info", message: "it goes on" });
});

test("lines for people say when, what and the fields, and the stack below", () => {
  const lines: string[] = [];
  stderrLog((line) => lines.push(line)).error("it failed", new Error("why"), { execution: "exe_1" });
  expect(lines[0]).toMatch(/^\d{4}-.*Z error it failed \{"execution":"exe_1"\}\n$/);
  expect(lines[1]).toContain("Error: why\n");
});

test("the process tells what it uses; how late timers were only from the second look on", () => {
  const tell = processFacts();
  const [first, second] = [tell(), tell()];
  expect(first.loopLagSeconds).toBeNull();
  expect(second.loopLagSeconds).toBeGreaterThanOrEqual(0);
  expect(second.cpuSeconds).toBeGreaterThanOrEqual(first.cpuSeconds);
  expect(first.startedAt).toBeLessThanOrEqual(Date.now());
  expect(first.residentBytes).toBeGreaterThan(first.heapBytes);
});
