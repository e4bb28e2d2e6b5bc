import { expect, test } from "vitest";
import { readTraceparent, spanIdOf, traceparentOf } from "./trace-context.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";

test.each([
  ["a sampled one", `00-${trace}-${span}-01`, true],
  ["one that is not sampled", `00-${trace}-${span}-00`, false],
  ["other flags", `00-${trace}-${span}-03`, true],
  ["a version of the future", `cc-${trace}-${span}-01-what-the-future-has`, true],
])("%s is read", (_, text, isSampled) => {
  expect(readTraceparent(text)).toEqual({ traceId: trace, spanId: span, isSampled });
});

test.each([
  ["nothing", null],
  ["no text", ""],
  ["a version that is forbidden", `ff-${trace}-${span}-01`],
  ["more than version 00 has", `00-${trace}-${span}-01-x`],
  ["capital letters", `00-${trace.toUpperCase()}-${span}-01`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${span}-01`],
  ["a span of zeros", `00-${trace}-${"0".repeat(16)}-01`],
  ["too few digits", `00-${trace.slice(1)}-${span}-01`],
])("%s is no traceparent", (_, text) => {
  expect(readTraceparent(text)).toBeNull();
});

test("what was read is written the same", () => {
  const text = `00-${trace}-${span}-01`;
  expect(traceparentOf(readTraceparent(text) as never)).toBe(text);
});

test("ids of spans are the same for the same name and differ for others", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `exe_${i % 2000}/${Math.floor(i / 2000)}/run`);
  expect(new Set(names.map(spanIdOf)).size).toBe(names.length);
  expect(spanIdOf("exe_1/1/run")).toMatch(/^[0-9a-f]{16}$/);
  expect(spanIdOf("exe_1/1/run")).toBe(spanIdOf("exe_1/1/run"));
});
