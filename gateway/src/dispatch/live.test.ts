import { sampleEveryMs, samplesKept } from "@pulse/schema/wire/runners";
import { expect, test } from "vitest";
import { noteMetrics } from "./live.ts";

const metrics = { cpu: 0.25, memFree: 250, memTotal: 1000, load1: 0.4, diskFree: 1 };
const fresh = (): Parameters<typeof noteMetrics>[0] => ({ metrics: null, samples: [] });

test("one sample is kept each half minute, though the latest is always known", () => {
  const session = fresh();
  noteMetrics(session, metrics, 0);
  noteMetrics(session, { ...metrics, cpu: 0.5 }, sampleEveryMs / 2);
  noteMetrics(session, { ...metrics, cpu: 0.75 }, sampleEveryMs - 500);
  expect(session.metrics?.cpu).toBe(0.75);
  expect(session.samples).toEqual([
    { at: 0, cpu: 0.25, memory: 0.75, load: 0.4 },
    { at: sampleEveryMs - 500, cpu: 0.75, memory: 0.75, load: 0.4 },
  ]);
});

test("half an hour is kept, the oldest goes first", () => {
  const session = fresh();
  for (let i = 0; i < samplesKept + 5; i += 1) noteMetrics(session, metrics, i * sampleEveryMs);
  expect(session.samples).toHaveLength(samplesKept);
  expect(session.samples[0]?.at).toBe(5 * sampleEveryMs);
});

test("a clock that was set back begins anew, and a machine without memory has none in use", () => {
  const session = fresh();
  noteMetrics(session, metrics, 10 * sampleEveryMs);
  noteMetrics(session, { ...metrics, memTotal: 0 }, sampleEveryMs);
  expect(session.samples).toEqual([{ at: sampleEveryMs, cpu: 0.25, memory: 0, load: 0.4 }]);
});
