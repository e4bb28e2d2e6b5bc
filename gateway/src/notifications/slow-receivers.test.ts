import { expect, test } from "vitest";
import { gatewayOfEachTest } from "../auth/browser.suite.ts";
import type { Hop, HopAnswer } from "../outbound/outbound.ts";
import { deliverMessages } from "./deliver.ts";
import { addMessage } from "./message-store.ts";
import type { Notification } from "./messages/notification.ts";
import { createChannelStore } from "./store.ts";

const gateway = gatewayOfEachTest();

async function channel(name: string): Promise<string> {
  const body = JSON.stringify({ name, settings: { type: "slack", url: `https://${name}.example.test/x` } });
  const headers = { "content-type": "application/json" };
  expect((await gateway().call("/v1/channels", { method: "POST", headers, body })).status).toBe(201);
  const row = await createChannelStore(gateway().parts.ports.database).find("default", name);
  return row?.id ?? "";
}

/** So many messages wait for a channel, each due a little later than the one before. */
async function waiting(channelId: string, n: number, from: number): Promise<void> {
  const notification: Notification = {
    ...{ event: "test", level: "info", project: "default", title: "t", text: "", data: {} },
    ...{ facts: [], lines: [], links: [], at: 0 },
  };
  const rows = Array.from({ length: n }, (_, i) => {
    const id = `${channelId}-${from + i}`;
    return addMessage({
      ...{ id, project: "default", channelId, ruleId: null, executionId: null, once: id, gathers: null },
      ...{
        nextAt: from + i,
        createdAt: from + i,
        notification,
      },
    });
  });
  await gateway().parts.ports.database.client.batch(rows.flat(), "write");
}

const go = () => deliverMessages(gateway().parts.ports, "http://localhost:8787");
const answers = (answer: (hop: Hop) => Promise<HopAnswer>) => {
  const hosts: string[] = [];
  gateway().parts.ports.outbound.send = async (hop) => {
    hosts.push(hop.url.hostname.split(".")[0] ?? "");
    return await answer(hop);
  };
  return hosts;
};
const answered = (status: number, headers: Record<string, string> = {}): HopAnswer => ({
  ...{ status, headers: new Headers(headers), body: null },
});
const count = (hosts: readonly string[], name: string) => hosts.filter((one) => one === name).length;

test("a receiver that takes nothing is left alone with all that waits for it, and the others get theirs", async () => {
  const [dead, fine] = [await channel("dead"), await channel("fine")];
  await waiting(dead, 300, 1);
  await waiting(fine, 3, 1000);
  const hosts = answers(async ({ url }) => answered(url.hostname.startsWith("dead") ? 503 : 200));
  await go();
  expect([count(hosts, "dead") <= 4, count(hosts, "fine")]).toEqual([true, 3]);
  await gateway().parts.clock.advance(4000);
  await go();
  expect(count(hosts, "dead")).toBeLessThanOrEqual(4);
});

test("what waits for a receiver that asked for time waits as long", async () => {
  const busy = await channel("busy");
  await waiting(busy, 6, 1);
  const hosts = answers(async () => answered(429, { "retry-after": "120" }));
  await go();
  const tried = hosts.length;
  expect(tried).toBeLessThanOrEqual(4);
  await gateway().parts.clock.advance(119_000);
  await go();
  expect(hosts.length).toBe(tried);
});

test("a receiver that takes its time does not take everybody's", async () => {
  const [slow, fine] = [await channel("slow"), await channel("fine")];
  await waiting(slow, 300, 1);
  await waiting(fine, 3, 1000);
  const { ports } = gateway().parts;
  let lateMs = 0;
  const hosts = answers(async () => {
    lateMs += 3500;
    return answered(200);
  });
  const later = () => deliverMessages({ ...ports, now: () => ports.now() + lateMs }, "http://localhost:8787");
  expect(await later()).not.toBeNull();
  expect(count(hosts, "slow")).toBeLessThanOrEqual(12);
});

test("many that are taken all go", async () => {
  const fine = await channel("fine");
  await waiting(fine, 70, 1);
  const hosts = answers(async () => answered(200));
  await go();
  expect(hosts.length).toBe(70);
});
