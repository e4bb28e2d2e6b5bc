import { durationClassOf, neverRan } from "@pulse/schema/duration-class";
import { rollups } from "@pulse/schema/tables";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { coarsenStats, forgetStats } from "./forget.ts";
import { percentilesOf } from "./percentiles.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const hourMs = 3_600_000;
const read = async (query = "") => {
  const response = await gateway.call(`/v1/stats${query}`);
  return { status: response.status, body: await response.json() };
};
const sum = (counts: number[]) => counts.reduce((all, one) => all + one, 0);

async function count(
  name: string,
  at: number,
  ms: number | null,
  ok: number,
  failed = 0,
  project = "default",
) {
  const row = {
    project,
    at: at - (at % 900_000),
    name,
    durationClass: durationClassOf(ms),
    ok,
    failed,
    lastAt: at,
  };
  await gateway.parts.ports.database.orm.insert(rollups).values(row);
}

test("calls show in the hour in which they ended, with how long the code ran and the last of them", async () => {
  await gateway.addFunction("hello");
  await gateway.addFunction("quiet");
  const first = await HttpRunner.join(gateway);
  const call = async () => {
    const response = await gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
    return (await response.json()).id as string;
  };
  await call();
  await first.answer("ok");
  await gateway.parts.clock.advance(2 * hourMs);
  const runner = await HttpRunner.join(gateway, "two");
  const id = await call();
  await runner.complete(await runner.take(), {
    status: "failed",
    reason: "function_error",
    permanent: true,
    response: null,
    timing: { runMs: 100 },
  });
  await settle();
  const { body } = await read();
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(["hello", "quiet"]);
  const [hello, quiet] = body.items;
  expect(hello.ok).toHaveLength(24);
  expect([hello.ok.indexOf(1), sum(hello.ok), hello.failed.indexOf(1), sum(hello.failed)]).toEqual([
    21, 1, 23, 1,
  ]);
  expect(hello.lastRun).toMatchObject({ id, status: "failed" });
  expect(hello.durations.p50).toBeCloseTo(4, 0);
  expect(hello.durations.p99).toBeGreaterThan(95);
  expect(quiet).toMatchObject({ lastRun: null, durations: null });
  expect(sum(quiet.ok)).toBe(0);
  expect(Date.parse(body.to) - Date.parse(body.from)).toBe(24 * hourMs);
  expect(Date.parse(body.to) % hourMs).toBe(0);
});

test("a call that is tried again counts once, at its end; one that is cancelled never", async () => {
  await gateway.addFunction("hello", {}, { retry: { attempts: 2, backoff: "10ms" } });
  const runner = await HttpRunner.join(gateway);
  const call = async () => {
    const response = await gateway.call("/f/hello", { method: "POST", headers: { prefer: "respond-async" } });
    return (await response.json()).id as string;
  };
  await call();
  const failure = { status: "failed", reason: "function_error", response: null } as const;
  await runner.complete(await runner.take(), failure);
  const totals = async () => {
    const [one] = (await read("?name=hello")).body.items;
    return [sum(one.ok), sum(one.failed)];
  };
  expect(await totals()).toEqual([0, 0]);
  const again = runner.take();
  await gateway.parts.clock.advance(10);
  await runner.complete(await again, failure);
  expect(await totals()).toEqual([0, 1]);
  await gateway.call(`/v1/executions/${await call()}/cancel`, { method: "POST" });
  await settle();
  expect(await totals()).toEqual([0, 1]);
});

test.each([
  ["1h", 4, 900_000],
  ["24h", 24, hourMs],
  ["7d", 28, 6 * hourMs],
  ["30d", 30, 24 * hourMs],
])("a window of %s has %d steps that end with the present one", async (window, steps, stepMs) => {
  const now = gateway.parts.clock.now();
  await count("f", now, 10, 2);
  await count("f", now - steps * stepMs - 900_000, 10, 5);
  const { body } = await read(`?name=f&window=${window}`);
  expect(body.stepMs).toBe(stepMs);
  expect(body.items[0].ok).toHaveLength(steps);
  expect(body.items[0].ok.at(-1)).toBe(2);
  expect(sum(body.items[0].ok)).toBe(2);
});

test("names come in the order asked for, each once; other projects and other names are not told", async () => {
  const now = gateway.parts.clock.now();
  await count("a", now, 5, 1);
  await count("b", now, null, 0, 3);
  await count("a", now, 7, 9, 0, "other");
  const { body } = await read("?name=b,a,b");
  expect(body.items).toMatchObject([
    { name: "b", durations: null },
    { name: "a", durations: {} },
  ]);
  expect(body.items.map((one: { ok: number[]; failed: number[] }) => [sum(one.ok), sum(one.failed)])).toEqual(
    [
      [0, 3],
      [1, 0],
    ],
  );
});

test.each(["?window=2h", "?name=", "?name=A", `?name=${"a,".repeat(200)}a`, "?names=a"])(
  "%s is refused",
  async (query) => {
    expect((await read(query)).status).toBe(422);
  },
);

test("what no window reaches any longer is forgotten", async () => {
  const { ports, clock } = gateway.parts;
  await count("a", clock.now(), 5, 1);
  await clock.advance(29 * 24 * hourMs);
  await forgetStats(ports);
  expect(sum((await read("?name=a&window=30d")).body.items[0].ok)).toBe(1);
  await clock.advance(4 * 24 * hourMs);
  await count("a", clock.now(), 5, 2);
  await forgetStats(ports);
  expect(await ports.database.orm.select({ ok: rollups.ok }).from(rollups)).toEqual([{ ok: 2 }]);
});

test("after two days counts are put together by six hours, which no window shows", async () => {
  const { ports, clock } = gateway.parts;
  const day = 24 * hourMs;
  // The middle of a day, so that no window's edge lies near.
  const start = Math.floor(clock.now() / day) * day + 12 * hourMs;
  for (let quarter = 0; quarter < 4 * 30; quarter++) await count("a", start + quarter * 900_000, 10, 1, 2);
  await clock.advance(start + 30 * hourMs + 2 * day - clock.now());
  const shown = async () =>
    await Promise.all(
      ["1h", "24h", "7d", "30d"].map(async (window) => (await read(`?name=a&window=${window}`)).body.items),
    );
  const rows = async () =>
    (await ports.database.orm.select({ ok: rollups.ok }).from(rollups)).map(({ ok }) => ok);
  const before = await shown();
  while (await coarsenStats(ports));
  expect(await rows()).toEqual([24, 24, 24, 24, 24]);
  expect(await shown()).toEqual(before);
});

describe("percentiles", () => {
  test.each([
    [[], null],
    [[[10, 1]], [10, 10, 10]],
    [
      [
        [1000, 1],
        [10, 99],
      ],
      [10, 10, 10],
    ],
    [
      [
        [10, 90],
        [100, 6],
        [1000, 4],
      ],
      [10, 100, 1000],
    ],
    [
      [
        [10, 1],
        [20, 1],
      ],
      [10, 20, 20],
    ],
  ])("of %j are %j", (counts, wanted) => {
    const found = percentilesOf(
      counts.map(([ms = 0, calls = 0]) => ({ durationClass: durationClassOf(ms), calls })),
    );
    const near = (ms: number) => [10, 20, 100, 1000].find((one) => Math.abs(one - ms) / one < 0.06);
    expect(found === null ? null : [found.p50, found.p95, found.p99].map(near)).toEqual(wanted);
  });

  test("what never ran has a class below all others", () => {
    expect(durationClassOf(0)).toBeGreaterThan(neverRan);
  });
});
