import { events } from "@pulse/schema/tables";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createKeyRing } from "../auth/keys.ts";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { forgetEvents } from "./forget.ts";
import { Follower, type Told } from "./stream.suite.ts";

const gatherMs = 100;
const dayMs = 24 * 3_600_000;
let gateway: TestGateway;
let followers: Follower[];
beforeEach(async () => {
  gateway = await TestGateway.start();
  followers = [];
  await gateway.addFunction("hello");
});
afterEach(async () => {
  for (const follower of followers) await follower.close();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

async function follow(query = "topics=executions", options: Parameters<typeof Follower.open>[2] = {}) {
  const follower = await Follower.open(gateway, query, options);
  followers.push(follower);
  return follower;
}
const gathered = () => gateway.parts.clock.advance(gatherMs);
async function call(name = "hello"): Promise<string> {
  const response = await gateway.call(`/f/${name}`, { method: "POST", headers: { prefer: "respond-async" } });
  return (await response.json()).id;
}
const about = ({ event, data }: Told) =>
  event === "executions" ? [data.execution.id, data.execution.status] : [event, data.name];

test("a stream begins with what changes from then on, each thing as it is now", async () => {
  const before = await call();
  await gateway.call(`/v1/executions/${before}/cancel`, { method: "POST" });
  const follower = await follow();
  expect(follower.take()).toMatchObject([{ event: "ready", data: { resumed: false } }]);
  const id = await call();
  await gathered();
  expect(follower.take().map(about)).toEqual([[id, "queued"]]);
  const runner = await HttpRunner.join(gateway);
  await runner.answer("ok");
  await gathered();
  const told = follower.take();
  expect(told.at(-1)).toMatchObject({ data: { execution: { id, status: "succeeded", runner: "one" } } });
});

test("what changes within 100 ms is told together, each thing once", async () => {
  const runner = await HttpRunner.join(gateway);
  const follower = await follow();
  follower.take();
  const ids = [await call(), await call(), await call()];
  for (const job of (await runner.sync()).jobs) await runner.complete(job);
  expect(follower.take()).toEqual([]);
  await gathered();
  expect(follower.take().map(about).sort()).toEqual(ids.map((id) => [id, "succeeded"]).sort());
});

describe("a stream that is resumed", () => {
  test("goes on where it ended, without gap or repeat, however often it breaks off", async () => {
    const ids: string[] = [];
    const seen: Told[] = [];
    let after: number | null = null;
    for (let round = 0; round < 6; round++) {
      const follower: Follower = await follow("topics=executions", { after });
      if (round === 0) ids.push(await call());
      // Half of the rounds break off before they heard of the last change.
      ids.push(await call());
      await gathered();
      ids.push(await call());
      if (round % 2 === 0) await gathered();
      seen.push(...follower.take());
      after = follower.lastId;
      await follower.close();
      ids.push(await call());
    }
    const last = await follow("topics=executions", { after });
    await gathered();
    seen.push(...last.take());
    expect(seen.filter(({ event }) => event === "ready").map(({ data }) => data.resumed)).toEqual([
      false,
      ...new Array(6).fill(true),
    ]);
    const told = seen.filter(({ event }) => event === "executions");
    expect(told.map(({ data }) => data.execution.id)).toEqual(ids);
    expect(told.map(({ id }) => id)).toEqual([...told.map(({ id }) => id)].sort((a, b) => a - b));
  });

  test("passes over what other projects told, however much", async () => {
    const first = await follow();
    const at = gateway.parts.clock.now();
    const rows = Array.from({ length: 6000 }, (_, i) => ({
      project: "other",
      topic: "functions" as const,
      subject: `f${i}`,
      at,
    }));
    for (let from = 0; from < rows.length; from += 1000) {
      await gateway.parts.ports.database.orm.insert(events).values(rows.slice(from, from + 1000));
    }
    const id = await call();
    const second = await follow("topics=executions", { after: first.lastId });
    expect(second.take().slice(1).map(about)).toEqual([[id, "queued"]]);
  });

  test("may be resumed by a query instead of the header", async () => {
    const first = await follow();
    const at = first.lastId ?? 0;
    const id = await call();
    const second = await follow(`topics=executions&after=${at}`);
    expect(second.take().slice(1).map(about)).toEqual([[id, "queued"]]);
  });

  test("hears that the rest is gone when what lies between is no longer kept, or never was", async () => {
    const first = await follow();
    const at = first.lastId ?? 0;
    await call();
    await call();
    await gateway.parts.clock.advance(dayMs + 1);
    const id = await call();
    await forgetEvents(gateway.parts.ports);
    for (const after of [at, 1_000_000]) {
      const late = await follow("topics=executions", { after });
      expect(late.take().map(({ event }) => event)).toEqual(["reset"]);
      // From there it goes on as it stands.
      const next = await call();
      await gathered();
      expect(late.take().map(about)).toEqual([[next, "queued"]]);
    }
    expect(id).toMatch(/^exe_/);
  });

  test.each(["x", "-1", "1e3", "99999999999999999"])("by the id %j is refused", async (text) => {
    const response = await gateway.call("/v1/events?topics=executions", {
      headers: { "last-event-id": text },
    });
    expect([response.status, (await response.json()).code]).toEqual([400, "bad_request"]);
  });
});

describe("a stream tells of", () => {
  test("its topics only", async () => {
    const functions = await follow("topics=functions");
    const both = await follow("topics=functions,runners");
    functions.take();
    both.take();
    await call();
    await HttpRunner.join(gateway, "one");
    await gateway.call("/v1/functions/hello", { method: "PATCH", body: '{"minWarm":1}' });
    await gathered();
    expect(functions.take()).toMatchObject([
      { event: "functions", data: { name: "hello", function: { settings: { minWarm: 1 } } } },
    ]);
    expect(both.take().map(about)).toEqual([
      ["runners", "one"],
      ["functions", "hello"],
    ]);
  });

  test("one execution where only that is asked for", async () => {
    const id = await call();
    const follower = await follow(`topics=execution:${id}`);
    follower.take();
    await call();
    await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
    await call();
    await gathered();
    expect(follower.take().map(about)).toEqual([[id, "cancelled"]]);
  });

  test("what is gone, as null", async () => {
    const follower = await follow("topics=functions");
    follower.take();
    await gateway.call("/v1/functions/hello", { method: "DELETE" });
    await gathered();
    expect(follower.take()).toMatchObject([{ event: "functions", data: { name: "hello", function: null } }]);
  });

  test("its own project, and ids of others do not make it wake", async () => {
    const made = { name: "there", scopes: ["admin"], expiresAt: null };
    const { key } = await createKeyRing(gateway.parts.ports).create("other", made);
    const other = await follow("topics=executions,functions,runners", { key });
    other.take();
    const id = await call();
    await gathered();
    await gateway.parts.clock.advance(20_000);
    expect(other.take()).toEqual([]);
    const spy = await follow(`topics=execution:${id}`, { key, after: 0 });
    await gathered();
    expect(spy.take().filter(({ event }) => event === "executions")).toEqual([]);
  });

  test.each([
    "",
    "topics=",
    "topics=secrets",
    "topics=execution:*",
    `topics=${"runners,".repeat(50)}runners`,
  ])("nothing when asked for %j", async (query) => {
    expect((await gateway.call(`/v1/events?${query}`)).status).toBe(422);
  });
});

describe("a stream ends when its credential does", () => {
  async function reader(expiresAt: number | null = null): Promise<string> {
    const made = { name: "reader", scopes: ["read"], expiresAt };
    return (await createKeyRing(gateway.parts.ports).create("default", made)).key;
  }

  test("while nothing happens", async () => {
    const follower = await follow("topics=executions", { key: await reader() });
    await gateway.parts.clock.advance(14_000);
    // What is looked at shortly before its time is not waited for as long again.
    await call();
    await gateway.call("/v1/keys/reader", { method: "DELETE" });
    await gateway.parts.clock.advance(500);
    await gateway.parts.clock.advance(1000);
    await follower.finished;
  });

  test("and also while much does", async () => {
    const follower = await follow("topics=executions", { key: await reader() });
    await gateway.call("/v1/keys/reader", { method: "DELETE" });
    for (let second = 0; second < 20; second++) {
      await call();
      await gateway.parts.clock.advance(1000);
    }
    await follower.finished;
    follower.take();
    await call();
    await gathered();
    expect(follower.take()).toEqual([]);
  });

  test("and when its time is over", async () => {
    const follower = await follow("topics=executions", {
      key: await reader(gateway.parts.clock.now() + 10_000),
    });
    await gateway.parts.clock.advance(16_000);
    await gateway.parts.clock.advance(16_000);
    await follower.finished;
  });
});

test("a silent stream says every 15 s that it is there, and where it is", async () => {
  const follower = await follow("topics=runners");
  await call();
  await gateway.parts.clock.advance(15_200);
  expect(follower.take().map(({ event }) => event)).toEqual(["ready"]);
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT max(id) AS id FROM events");
  expect(follower.lastId).toBe(Number(rows[0]?.id));
});

test("a reader who takes nothing makes the gateway read nothing", async () => {
  const slow = await follow("topics=executions", { reads: false });
  await slow.piece();
  const now = gateway.parts.clock.now();
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    project: "default",
    topic: "functions" as const,
    subject: `f${i}`,
    at: now,
  }));
  await gateway.parts.ports.database.orm.insert(events).values(rows);
  const { client } = gateway.parts.ports.database;
  let reads = 0;
  const batch = client.batch.bind(client);
  client.batch = (...args) => {
    if (JSON.stringify(args[0]).includes('from \\"events\\"')) reads += 1;
    return batch(...args);
  };
  await gateway.parts.clock.advance(5000);
  expect(reads).toBe(0);
});

test("a reader who takes nothing for longer than changes are kept is told that they are gone", async () => {
  const slow = await follow("topics=executions", { reads: false });
  await slow.piece();
  await call();
  await call();
  await gateway.parts.clock.advance(2 * dayMs);
  await forgetEvents(gateway.parts.ports);
  slow.take();
  await slow.piece();
  expect(slow.take().map(({ event }) => event)).toEqual(["reset"]);
});

test("what was told is forgotten after a day, but the newest never, so that ids only grow", async () => {
  const { ports, clock } = gateway.parts;
  const rows = async () => await ports.database.orm.select({ id: events.id, at: events.at }).from(events);
  await call();
  await call();
  await clock.advance(dayMs / 2);
  await call();
  const before = await rows();
  await forgetEvents(ports);
  expect(await rows()).toEqual(before);
  await clock.advance(dayMs / 2 + 1);
  const later = await rows();
  await forgetEvents(ports);
  expect(await rows()).toEqual(later.filter(({ at }) => at >= clock.now() - dayMs));
  expect((await rows()).length).toBeLessThan(later.length);
  await clock.advance(10 * dayMs);
  const newest = (await rows()).slice(-1);
  await forgetEvents(ports);
  expect(await rows()).toEqual(newest);
});
