import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { LogFields, Span } from "../ports.ts";
import { Collector } from "./collector.suite.ts";
import { SpanExporter } from "./exporter.ts";

let collector: Collector;
beforeAll(async () => {
  collector = await Collector.start();
});
beforeEach(() => collector.behave({}));
afterAll(() => collector.stop());

const spanOf = (name: string, more: Partial<Span> = {}): Span => ({
  ...{
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    parentId: null,
    name,
  },
  ...{
    kind: "internal",
    startMs: 1_800_000_000_000.25,
    endMs: 1_800_000_000_010,
    attributes: {},
    error: null,
  },
  ...more,
});

/** An exporter whose pauses are over at once, and what it did in the background. */
function makeExporter(url = `${collector.url}/v1/traces`, ratio = 1) {
  const work: Promise<unknown>[] = [];
  const pauses: number[] = [];
  const said: [string, LogFields | undefined][] = [];
  const exporter = new SpanExporter(
    { url, headers: [["x-collector-token", "for-the-collector"]], ratio },
    {
      now: Date.now,
      random: (bytes) => randomBytes(bytes),
      timer(ms, callback) {
        pauses.push(ms);
        const timer = setTimeout(callback, 1);
        return () => clearTimeout(timer);
      },
      background: (one) => void work.push(one),
      log: {
        info: () => undefined,
        warn: (message, fields) => void said.push([message, fields]),
        error: () => undefined,
      },
    },
    { version: "1.2.3", instance: "one" },
  );
  return { exporter, pauses, said, done: () => Promise.all(work) };
}

test("spans arrive as OTLP to the letter, with the collector's headers", async () => {
  const { exporter, done } = makeExporter();
  const [parent, name] = [spanOf("a parent"), `a child ${randomBytes(4).toString("hex")}`];
  const child = spanOf(name, {
    ...{ traceId: parent.traceId, parentId: parent.spanId, kind: "consumer", error: "timed_out" },
    attributes: { text: "é", whole: 3, part: 0.5, is: true, absent: undefined, nothing: null },
    links: [{ traceId: parent.traceId, spanId: parent.spanId }],
  });
  exporter.add(parent);
  exporter.add(child);
  await done();
  const { spans, faults, headers } = await collector.heard();
  expect(faults).toEqual([]);
  expect(headers["x-collector-token"]).toBe("for-the-collector");
  expect(spans.find((one) => one.name === name)).toEqual({
    ...{ traceId: child.traceId, spanId: child.spanId, parentSpanId: parent.spanId, name, kind: 5 },
    ...{ startTimeUnixNano: "1800000000000250000", endTimeUnixNano: "1800000000010000000" },
    attributes: { text: "é", whole: 3, part: 0.5, is: true },
    links: [{ traceId: parent.traceId, spanId: parent.spanId }],
    status: { code: 2, message: "timed_out" },
  });
  expect(exporter.counts()).toEqual({ exported: 2, dropped: 0, refused: 0 });
});

test("an overloaded collector gets the same spans again, when it says", async () => {
  const { exporter, pauses, done } = makeExporter();
  const name = `again ${randomBytes(4).toString("hex")}`;
  await collector.behave({ status: 429, retryAfter: "7", times: 1 });
  exporter.add(spanOf(name));
  await done();
  expect(pauses.filter((ms) => ms === 7000)).toEqual([7000]);
  expect((await collector.heard()).spans.filter((one) => one.name === name)).toHaveLength(1);
  expect(exporter.counts()).toMatchObject({ exported: 1, dropped: 0 });
});

test("spans for a collector that is gone are dropped after five tries, and the log says so once", async () => {
  const gone = await Collector.start();
  await gone.stop();
  const { exporter, pauses, said, done } = makeExporter(`${gone.url}/v1/traces`);
  exporter.add(spanOf("lost"));
  await done();
  expect(pauses).toHaveLength(5);
  expect(exporter.counts()).toEqual({ exported: 0, dropped: 1, refused: 0 });
  expect(said).toHaveLength(1);
  expect(JSON.stringify(said)).not.toContain("for-the-collector");
});

test("what a collector would not have is counted, whole and in part", async () => {
  const { exporter, done } = makeExporter();
  await collector.behave({ status: 400 });
  exporter.add(spanOf("refused"));
  await done();
  expect(exporter.counts()).toEqual({ exported: 0, dropped: 0, refused: 1 });
  await collector.behave({ body: JSON.stringify({ partialSuccess: { rejectedSpans: "2" } }) });
  for (let i = 0; i < 5; i++) exporter.add(spanOf("in part"));
  await done();
  expect(exporter.counts()).toEqual({ exported: 3, dropped: 0, refused: 3 });
});

test("a collector that never answers keeps nobody waiting, and no more than 4096 spans", async () => {
  const { exporter } = makeExporter();
  await collector.behave({ hangs: true });
  const before = (await collector.heard()).requests;
  const startedAt = process.cpuUsage();
  for (let i = 0; i < 5000; i++) exporter.add(spanOf("many"));
  expect(process.cpuUsage(startedAt).user).toBeLessThan(1_000_000);
  await collector.until(({ requests }) => requests > before);
  expect(exporter.counts()).toEqual({ exported: 0, dropped: 904, refused: 0 });
  await collector.behave({});
  await exporter.end(AbortSignal.timeout(10_000));
  expect(exporter.counts()).toEqual({ exported: 4096, dropped: 904, refused: 0 });
});

test("a caller's decision stands; of traces that begin here the ratio's share is told of", () => {
  const given = { traceId: "a".repeat(32), spanId: "b".repeat(16), isSampled: false };
  expect(makeExporter("", 1).exporter.begin(given)).toEqual({ ...given, isRoot: false });
  const share = (ratio: number) => {
    const { exporter } = makeExporter("", ratio);
    const all = Array.from({ length: 2000 }, () => exporter.begin(null));
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(2000);
    return all.filter(({ isSampled }) => isSampled).length / 2000;
  };
  expect([share(0), share(1)]).toEqual([0, 1]);
  expect(Math.abs(share(0.25) - 0.25)).toBeLessThan(0.06);
});
