import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const send = async (method: string, path: string, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const response = await gateway.call(path, { method, headers, body: JSON.stringify(body) });
  return await response.json();
};
const get = async (path: string) => (await gateway.call(path)).json();
const emit = async (name: string, data: unknown = null) => {
  const event = await send("POST", `/v1/events/${name}`, { data });
  await gateway.parts.clock.advance(1000);
  return event;
};
const names = async (query: string) =>
  (await get(`/v1/emitted-events?${query}`)).items.map(({ name }: { name: string }) => name);

test("events are listed newest first, by name and time, page by page", async () => {
  const first = await emit("order.paid");
  await emit("order.sent");
  const third = await emit("order.paid");
  expect(await names("")).toEqual(["order.paid", "order.sent", "order.paid"]);
  expect(await names("name=order.sent")).toEqual(["order.sent"]);
  expect(await names(`since=${third.at}`)).toEqual(["order.paid"]);
  expect(await names(`until=${first.at}`)).toEqual(["order.paid"]);
  const page = await get("/v1/emitted-events?limit=2");
  expect(page.items).toHaveLength(2);
  const rest = await get(`/v1/emitted-events?limit=2&cursor=${page.nextCursor}`);
  expect([rest.items.map(({ id }: { id: string }) => id), rest.nextCursor]).toEqual([[first.id], null]);
  expect(await get("/v1/emitted-events?cursor=x")).toMatchObject({ code: "validation_failed" });
});

test("one event is shown with what it says and what became of each trigger that named it", async () => {
  const triggers = [
    { type: "event", id: "big", name: "order.paid", match: "event.total > 10" },
    { type: "event", id: "small", name: "order.paid", match: "event.total < 10" },
  ];
  const steps = [{ name: "end", type: "stop", status: "succeeded" }];
  await send("PUT", "/v1/workflows/ship", { triggers, steps });
  const { id } = await emit("order.paid", { total: 12 });
  const shown = await get(`/v1/emitted-events/${id}`);
  expect(shown).toMatchObject({ id, name: "order.paid", data: { total: 12 }, subscribers: 2, started: 1 });
  expect(shown.triggers).toEqual([
    {
      ...{ kind: "workflow", name: "ship", trigger: "big", status: "started", attempts: expect.any(Number) },
      ...{ executionId: expect.stringMatching(/^exe_/), error: null },
    },
    {
      ...{ kind: "workflow", name: "ship", trigger: "small", status: "passed", attempts: expect.any(Number) },
      ...{ executionId: null, error: null },
    },
  ]);
  expect(await get("/v1/emitted-events/evt_none")).toMatchObject({ status: 404 });
});
