import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createChannelRule } from "@pulse/schema/wire/channel-rules";
import { createChannel } from "@pulse/schema/wire/channels";
import { testWebhook } from "@pulse/schema/wire/deliveries";
import { changeSchedule, createSchedule, triggerSchedule } from "@pulse/schema/wire/schedules";
import { createWebhook } from "@pulse/schema/wire/webhooks";
import type { World } from "../world.ts";
import { evil } from "./seeds.ts";

/** A receiver of messages that answers as nobody would guess. */
export interface Receiver {
  /** Its `host:port`, for the gateway to be allowed to reach. */
  host: string;
  /** What came to an address so far: the bodies, as they came. */
  came(path: string): string[];
  server: Server;
}

/** What the receiver answers. */
export const receiverSays = "the kettle has it";

/** Starts a receiver of messages. */
export async function startReceiver(): Promise<Receiver> {
  const bodies: [path: string, body: string][] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      bodies.push([request.url ?? "", body]);
      response.writeHead(202).end(receiverSays);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    server,
    came: (path) => bodies.flatMap(([one, body]) => (one === path ? [body] : [])),
  };
}

/** Makes a trigger of each kind with what happened to it, and returns the addresses of their pages. */
export async function makeTriggers(world: World, receiver: Receiver): Promise<string[]> {
  const { client, signal } = world;
  const target = { function: "greet", input: { name: evil.html } };
  const hook = { name: "orders-in", provider: "standard" as const, target, filter: "payload.paid === true" };
  const webhook = await client.call(createWebhook, { body: hook, signal });
  const params = { id: webhook.id };
  await client.call(testWebhook, { params, body: { payload: { paid: false } }, signal });
  const { delivery } = await client.call(testWebhook, {
    params,
    body: { payload: { paid: true, by: evil.html } },
    signal,
  });
  const times = { cron: "30 2 * * 1-5", timezone: "Europe/Madrid" };
  const schedule = await client.call(createSchedule, { body: { name: "nightly", target, ...times }, signal });
  await client.call(triggerSchedule, { params: { id: schedule.id }, body: {}, signal });
  const paused = { enabled: false, reason: `holidays ${evil.html}` };
  await client.call(changeSchedule, { params: { id: schedule.id }, body: paused, signal });
  const settings = { type: "webhook" as const, url: `http://${receiver.host}/messages` };
  const channel = await client.call(createChannel, { body: { name: "on-call", settings }, signal });
  const quiet = { from: "22:00", to: "07:00", timezone: "Europe/Madrid" };
  const rule = { name: "nights", events: ["failed" as const, "prompt" as const], times: 3, quiet };
  await client.call(createChannelRule, { params: { id: channel.id }, body: rule, signal });
  return [
    "/triggers",
    "/triggers?tab=schedules",
    "/triggers?tab=channels",
    `/triggers/webhooks/${webhook.id}`,
    `/triggers/webhooks/${webhook.id}?delivery=${delivery}`,
    `/triggers/schedules/${schedule.id}`,
    `/triggers/channels/${channel.id}`,
    "/triggers/schedules/sch_nobody",
  ];
}
