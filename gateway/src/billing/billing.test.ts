import { executions } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { HttpRunner, TestGateway } from "../runners/gateway.suite.ts";
import { problemCodeOf } from "../runners/parts.suite.ts";
import { reportUsage } from "./report.ts";
import { createStripe } from "./stripe.ts";
import { StripeServer } from "./stripe-server.suite.ts";

const never = new AbortController().signal;
const json = { "content-type": "application/json" };

let gateway: TestGateway;
let stripe: StripeServer;
beforeEach(async () => {
  gateway = await TestGateway.start();
  stripe = await StripeServer.start();
  gateway.parts.ports.billing = createStripe(stripe.settings, {
    // Pauses between attempts pass at once.
    timer: (_ms, callback) => {
      queueMicrotask(callback);
      return () => undefined;
    },
    answerMs: 200,
  });
});
afterEach(async () => {
  await settle();
  gateway.close();
  await stripe.stop();
  expect(gateway.parts.problems).toEqual([]);
});

const now = () => gateway.parts.clock.now();
const deliver = ({ body, signature }: { body: string; signature: string }) =>
  gateway.send("/v1/billing/webhook", {
    method: "POST",
    body,
    headers: { ...json, "stripe-signature": signature },
  });
const told = async (event: { body: string; signature: string }) => {
  const response = await deliver(event);
  return [response.status, (await response.json()).status];
};
const changed = (id: string, subscription = "sub_1") =>
  stripe.event(id, "customer.subscription.updated", { id: subscription, object: "subscription" }, now());
const plan = async () => (await gateway.call("/v1/plan")).json();
const subscribe = (status: string, change: object = {}, id = "sub_1") =>
  stripe.subscriptions.set(id, {
    status,
    price: "price_pro",
    project: "default",
    customer: "cus_1",
    ...change,
  });
const open = (what: string, body?: object) =>
  gateway.call(`/v1/billing/${what}`, {
    method: "POST",
    headers: json,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("without a provider there is no billing", async () => {
  delete gateway.parts.ports.billing;
  expect((await open("checkout", { plan: "pro" })).status).toBe(404);
  expect((await open("portal")).status).toBe(404);
  expect((await deliver(changed("evt_1"))).status).toBe(404);
});

test("a checkout is for the project of whoever asks, at the prices of the settings; what else the caller says is refused", async () => {
  const made = await open("checkout", { plan: "pro" });
  expect([made.status, await made.json()]).toEqual([201, { url: "https://checkout.example.test/1" }]);
  const asked = Object.fromEntries(stripe.checkouts[0] ?? []);
  expect(asked).toMatchObject({
    mode: "subscription",
    client_reference_id: "default",
    "subscription_data[metadata][project]": "default",
    "line_items[0][price]": "price_pro",
    "line_items[0][quantity]": "1",
    "line_items[1][price]": "price_use",
  });
  expect(asked).not.toHaveProperty(["line_items[1][quantity]"]);
  for (const body of [
    { plan: "pro", amount: 1 },
    { plan: "pro", price: "price_1" },
    { plan: "free" },
    { plan: "pro", project: "other" },
  ]) {
    expect((await open("checkout", body)).status).toBe(422);
  }
  expect(stripe.checkouts).toHaveLength(1);
});

test("a checkout whose answer was lost is asked for again, and is the same one", async () => {
  stripe.faults = ["lost answer", 500];
  expect(await (await open("checkout", { plan: "pro" })).json()).toEqual({
    url: "https://checkout.example.test/1",
  });
  expect(stripe.checkouts).toHaveLength(1);
});

test.each([[[500, 500, 500]], [["reset", "reset", "reset"]], [["silence", "silence", "silence"]]] as const)(
  "a provider that fails with %j is 503, with nothing of its key in the answer",
  async (faults) => {
    stripe.faults = [...faults];
    const response = await open("checkout", { plan: "pro" });
    const text = await response.text();
    expect([response.status, JSON.parse(text).code]).toEqual([503, "unavailable"]);
    expect(text).not.toContain(stripe.settings.key);
  },
);

test("a bought plan comes with the webhook and goes with it; the customer finds the portal", async () => {
  expect((await open("portal")).status).toBe(404);
  subscribe("active");
  const completed = { id: "cs_1", object: "checkout.session", subscription: "sub_1", amount_total: 1 };
  expect(await told(stripe.event("evt_1", "checkout.session.completed", completed, now()))).toEqual([
    200,
    "applied",
  ]);
  expect(await plan()).toMatchObject({ plan: "pro", billing: "active" });
  expect(await (await open("portal")).json()).toEqual({ url: "https://portal.example.test/cus_1" });
  subscribe("past_due");
  expect(await told(changed("evt_2"))).toEqual([200, "applied"]);
  expect(await plan()).toMatchObject({ plan: "pro", billing: "past_due" });
  subscribe("canceled");
  expect(await told(changed("evt_3"))).toEqual([200, "applied"]);
  expect(await plan()).toMatchObject({ plan: "free", billing: "canceled" });
});

test("an event that comes again is not taken again", async () => {
  subscribe("active");
  const event = changed("evt_1");
  expect(await told(event)).toEqual([200, "applied"]);
  const before = stripe.calls.length;
  expect(await told(event)).toEqual([200, "duplicate"]);
  expect(stripe.calls).toHaveLength(before);
});

test("events in the wrong order end with what is so now", async () => {
  subscribe("canceled");
  expect(await told(changed("evt_deleted"))).toEqual([200, "applied"]);
  expect(await told(changed("evt_created"))).toEqual([200, "applied"]);
  expect(await plan()).toMatchObject({ plan: "free" });
});

test("an answer that was overtaken by a newer one changes nothing", async () => {
  subscribe("active");
  stripe.meanwhile = async () => {
    subscribe("canceled");
    await gateway.parts.clock.advance(1000);
    expect(await told(changed("evt_newer"))).toEqual([200, "applied"]);
  };
  expect(await told(changed("evt_older"))).toEqual([200, "applied"]);
  expect(await plan()).toMatchObject({ plan: "free", billing: "canceled" });
});

test("the end of a subscription that another one replaced takes nothing away", async () => {
  subscribe("active", {}, "sub_2");
  await told(changed("evt_1", "sub_2"));
  subscribe("canceled", {}, "sub_1");
  await told(changed("evt_2", "sub_1"));
  expect(await plan()).toMatchObject({ plan: "pro" });
});

test("a plan that an admin of the gateway agreed on stays whatever the subscription does", async () => {
  const body = JSON.stringify({ plan: "custom", quotas: { executions: 7 } });
  await gateway.call("/v1/plan", { method: "PUT", headers: json, body });
  subscribe("active");
  await told(changed("evt_1"));
  expect(await plan()).toMatchObject({ plan: "custom", billing: "active" });
  const none = { method: "PUT", headers: json, body: JSON.stringify({ plan: null }) };
  expect((await gateway.call("/v1/plan", none)).status).toBe(409);
});

test.each([
  ["of another price", { price: "price_of_something_else" }, "active"],
  ["without a project", { project: null }, "active"],
  ["that nobody paid", {}, "incomplete"],
])("a subscription %s changes nothing", async (_, change, status) => {
  subscribe(status, change);
  expect(await told(changed("evt_1"))).toEqual([200, "ignored"]);
  expect(await plan()).toMatchObject({ plan: null });
});

test("events about other things, and about what is not there, are taken and change nothing", async () => {
  expect(await told(stripe.event("evt_1", "charge.succeeded", { id: "ch_1" }, now()))).toEqual([
    200,
    "ignored",
  ]);
  expect(await told(changed("evt_2", "sub_unknown"))).toEqual([200, "ignored"]);
  expect(stripe.calls).toEqual(["GET /v1/subscriptions/sub_unknown"]);
});

test("an event without a good signature is refused before anything is asked", async () => {
  subscribe("active");
  const { body, signature } = changed("evt_1");
  expect((await deliver({ body: body.replace("sub_1", "sub_2"), signature })).status).toBe(401);
  expect((await deliver({ body, signature: "" })).status).toBe(401);
  await gateway.parts.clock.advance(301_000);
  expect((await deliver({ body, signature })).status).toBe(401);
  expect(stripe.calls).toEqual([]);
});

test("while the provider cannot be asked an event is not taken, and is when it comes again", async () => {
  subscribe("active");
  stripe.faults = [500, "reset", "silence"];
  const event = changed("evt_1");
  expect((await deliver(event)).status).toBe(503);
  expect(await plan()).toMatchObject({ plan: null });
  expect(await told(event)).toEqual([200, "applied"]);
  expect(await plan()).toMatchObject({ plan: "pro" });
});

async function used(count: number): Promise<void> {
  const runner = await HttpRunner.join(gateway, `runner-${now()}`);
  for (let i = 0; i < count; i++) {
    const answer = gateway.call("/f/hello", { method: "POST" });
    await runner.complete(await runner.take(), { timing: { runMs: 8000 } });
    expect((await answer).status).toBe(200);
  }
}

test("use is reported once, however often answers are lost: what was used since the subscription began", async () => {
  const { ports, clock } = gateway.parts;
  const report = () => problemCodeOf(reportUsage(ports, ports.billing ?? never_(), never));
  await gateway.addFunction("hello");
  await used(2);
  subscribe("active");
  await told(changed("evt_1"));
  expect(await report()).toBe("none");
  expect(stripe.meterEvents.size).toBe(0);

  await clock.advance(3_600_000);
  await used(3);
  stripe.faults = ["lost answer", 500, "reset"];
  expect(await report()).toBe("unavailable");
  expect(await report()).toBe("none");
  expect([stripe.reported("executions"), stripe.reported("gb_seconds")]).toEqual([3, 6]);
  for (let i = 0; i < 3; i++) expect(await report()).toBe("none");
  expect([stripe.reported("executions"), stripe.reported("gb_seconds")]).toEqual([3, 6]);
  for (const form of stripe.meterEvents.values())
    expect(form.get("payload[stripe_customer_id]")).toBe("cus_1");

  // Over the end of a month, and with two halves that report at once.
  await clock.advance(32 * 86_400_000);
  await used(1);
  expect(await Promise.all([report(), report()])).toEqual(["none", "none"]);
  expect([stripe.reported("executions"), stripe.reported("gb_seconds")]).toEqual([4, 8]);
  const rows = await ports.database.orm.select({ id: executions.id }).from(executions);
  expect(rows.length - 2).toBe(stripe.reported("executions"));
});

function never_(): never {
  throw new Error("billing is on in this test");
}
