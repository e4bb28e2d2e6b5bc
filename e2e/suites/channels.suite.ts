import { createServer, type Server } from "node:http";
import { listChannelMessages } from "@pulse/schema/wire/channel-messages";
import { createChannelRule } from "@pulse/schema/wire/channel-rules";
import { createChannel, testChannel } from "@pulse/schema/wire/channels";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

/** A receiver of messages: what it was sent, and the statuses that it answers first. */
export class ChatServer {
  readonly #server: Server;
  readonly bodies: string[] = [];
  readonly refusals: number[] = [];

  constructor(port: number) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.bodies.push(Buffer.concat(chunks).toString("utf8"));
        response.writeHead(this.refusals.shift() ?? 200, { "retry-after": "1" }).end("seen");
      });
    }).listen(port, "127.0.0.1");
  }

  /** What was said since it was last asked, without the lines below. */
  said(text: string): string[] {
    return this.bodies.filter((body) => body.includes(text));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Channels on every platform. `sweep` does what the platform does every minute. */
export function channelsSuite(
  world: () => World,
  chat: () => { server: ChatServer; url: string },
  sweep: () => Promise<unknown> = async () => null,
): void {
  const call: World["client"]["call"] = (endpoint, given) => world().client.call(endpoint, given);
  const said = async (text: string) =>
    await until(`a message says ${text}`, async () => {
      await sweep();
      return chat().server.said(text)[0] ?? null;
    });

  describe("channels", () => {
    test("a channel is tried, and shows what its receiver answered", async () => {
      const { signal } = world();
      const settings = { type: "slack" as const, url: chat().url };
      await call(createChannel, { body: { name: "ops", settings }, signal });
      const told = await call(testChannel, { params: { id: "ops" }, body: { text: "hello?" }, signal });
      expect(told).toMatchObject({ delivered: true, status: 200, answer: "seen" });
    });

    test("a function that fails is told once, again when the receiver was busy, and that it recovers", async () => {
      const { signal } = world();
      const body = { name: "broken", events: ["failed" as const, "recovered" as const] };
      await call(createChannelRule, { params: { id: "ops" }, body, signal });
      const index = `export default async (request) => {
        if ((await request.text()) === "bad") throw new Error("KeyError: width");
        return new Response("fine");
      };`;
      await world().deploy("fragile", { "index.ts": index });
      chat().server.refusals.push(503);
      const bad = await world().call("/f/fragile", { method: "POST", body: "bad" });
      expect(bad.status).toBe(500);
      const id = bad.headers.get("pulse-execution-id");
      expect(await said("fragile failed")).toContain(`/executions/${id}`);
      expect((await world().call("/f/fragile", { method: "POST", body: "good" })).status).toBe(200);
      await said("fragile succeeds again");
      const log = async () => {
        await sweep();
        const { items } = await call(listChannelMessages, { params: { id: "ops" }, query: {}, signal });
        return items.every(({ status }) => status === "delivered") ? items : null;
      };
      const items = await until("all is delivered", log, undefined, 60_000);
      expect(items.map(({ event, tries }) => [event, tries.length])).toEqual([
        ["recovered", 1],
        ["failed", 2],
        ["test", 1],
      ]);
    });

    test("a workflow tells by a step, and tells people where to answer what it asks", async () => {
      const { signal, url } = world();
      const steps = [
        { name: "Tell", type: "notify", channel: "slack:ops", message: "Maintenance begins" },
        { name: "Sure?", type: "prompt", message: "Reboot all of them?", notify: ["slack:ops"] },
      ];
      await call(putWorkflow, { params: { name: "maintains" }, body: { steps } as never, signal });
      const started = await call(runWorkflow, {
        params: { name: "maintains" },
        body: { inputs: {} },
        signal,
      });
      const asked = await said("Reboot all of them?");
      expect(chat().server.said("Maintenance begins").length).toBe(1);
      const [, page] = /(http[^"|>]+\/answer\/prm_[0-9a-z]{26})/.exec(asked) ?? [];
      expect(page?.startsWith(url)).toBe(true);
      // Who follows it is asked to sign in.
      expect(await (await fetch(page ?? "")).text()).not.toContain("Reboot");
      const answer = { method: "POST", body: JSON.stringify({ response: "Continue" }) };
      await world().call(`/v1/executions/${started.id}/respond`, {
        ...answer,
        headers: { "content-type": "application/json" },
      });
      expect((await world().ended(started.id)).status).toBe("succeeded");
    });
  });
}
