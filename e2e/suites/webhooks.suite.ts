import { createHmac, randomUUID } from "node:crypto";
import { type DeliveryView, listDeliveries, resendDelivery } from "@pulse/schema/wire/deliveries";
import { listExecutions } from "@pulse/schema/wire/executions";
import { createWebhook } from "@pulse/schema/wire/webhooks";
import { describe, expect, test } from "vitest";
import { filled, NotedRuns, note, on } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

const secret = "a-secret-of-both-sides";
const hmac = (text: string, key: string | Buffer = secret) => createHmac("sha256", key).update(text);

/**
 * Providers that deliver, on every platform. Signatures are made here, by what the machine of the test has. `sweep` does what the platform does every
 * minute.
 */
export function webhooksSuite(world: () => World, sweep: () => Promise<unknown> = async () => null): void {
  const runs = new NotedRuns(world);
  const make = (name: string, body: object) => {
    const { client, signal } = world();
    return client.call(createWebhook, {
      body: { name, provider: "github", secret, ...body } as never,
      signal,
    });
  };
  const logOf = async (id: string): Promise<DeliveryView[]> => {
    const { client, signal } = world();
    return (await client.call(listDeliveries, { params: { id }, query: {}, signal })).items;
  };
  const push = (
    url: string,
    body: object,
    { id = String(randomUUID()), key = secret, event = "push" } = {},
  ) => {
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      "x-hub-signature-256": `sha256=${hmac(text, key).digest("hex")}`,
      "x-github-delivery": id,
      "x-github-event": event,
    };
    return fetch(url, { method: "POST", headers, body: text, signal: world().signal });
  };

  describe("webhooks", () => {
    test("a push deploys: once for each delivery, only from the branch, and again when it is sent again", async () => {
      const folder = runs.folder("deploys");
      await runs.save("deploys", {
        inputs: { folder: { type: "string" }, branch: { type: "string" }, by: { type: "string" } },
        steps: [
          {
            ...{
              id: "ship",
              name: "Ship",
              ...on("web-1"),
              command: note("shipped", filled("inputs.branch")),
            },
          },
        ],
      });
      const inputs = {
        folder,
        branch: filled("payload.ref.replace('refs/heads/', '')"),
        by: filled("payload.pusher.name"),
      };
      const target = { workflow: "deploys", inputs };
      const filter = "event === 'push' && payload.ref === 'refs/heads/main'";
      const { url, id } = await make("deploys", { target, filter });
      expect(url).toBe(`${world().url}/hooks/${id}`);

      const ping = await push(url, { zen: "Keep it logically awesome." }, { event: "ping" });
      expect([ping.status, await ping.json()]).toMatchObject([202, { status: "filtered" }]);
      const main = { ref: "refs/heads/main", pusher: { name: "'; touch /tmp/never #" } };
      expect((await push(url, main, { key: "another-secret" })).status).toBe(401);
      const first = await push(url, main, { id: "one" });
      const { executionId } = (await first.json()) as { executionId: string };
      expect([first.status, executionId]).toEqual([202, expect.stringMatching(/^exe_/)]);
      const repeated = await push(url, main, { id: "one" });
      expect([repeated.status, await repeated.json()]).toMatchObject([
        200,
        { status: "duplicate", executionId },
      ]);
      expect((await push(url, { ref: "refs/heads/other" }, { id: "one" })).status).toBe(409);
      expect((await (await push(url, { ref: "refs/heads/other" })).json()) as object).toMatchObject({
        status: "filtered",
      });
      expect(await world().ended(executionId)).toMatchObject({
        ...{ status: "succeeded", name: "deploys" },
        trigger: { type: "webhook", webhook: "deploys", deliveryId: "one" },
      });
      expect(runs.lines("shipped")).toEqual(["main"]);

      const [delivery] = (await logOf(id)).filter(({ status }) => status === "started");
      expect(delivery).toMatchObject({ deliveryId: "one", executionId, executionStatus: "succeeded" });
      const params = { id, delivery: delivery?.id ?? "" };
      const again = await world().client.call(resendDelivery, { params, signal: world().signal });
      await world().ended(again.executionId ?? "");
      expect(runs.lines("shipped")).toEqual(["main", "main"]);
    });

    test("a function is given the very bytes and who sends them, signed as Standard Webhooks", async () => {
      await world().deploy("hears", {
        "index.ts": `export default async (request, ctx) => Response.json({
          body: await request.text(), id: request.headers.get("webhook-id"), trigger: ctx.trigger.type });`,
      });
      const key = Buffer.alloc(32, 7);
      const standard = { provider: "standard", secret: `whsec_${key.toString("base64")}` };
      const { url } = await make("hears", { ...standard, target: { function: "hears" } });
      const body = '{"type": "user.created",  "data": {"name": "Zoë"}}\n';
      const at = String(Math.floor(Date.now() / 1000));
      const headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": `v1,${hmac(`msg_1.${at}.${body}`, key).digest("base64")}`,
      };
      const response = await fetch(url, { method: "POST", headers, body });
      const { executionId } = (await response.json()) as { executionId: string };
      expect(await world().ended(executionId)).toMatchObject({ status: "succeeded" });
      const result = await world().call(`/v1/executions/${executionId}/result`);
      expect(await result.json()).toEqual({ body, id: "msg_1", trigger: "webhook" });
      const old = { ...headers, "webhook-timestamp": String(Number(at) - 400) };
      expect((await fetch(url, { method: "POST", headers: old, body })).status).toBe(401);
    });

    test("the gateway is lost while a provider delivers: what was answered runs, once", async () => {
      await runs.save("counts", {
        inputs: { n: { type: "integer" } },
        steps: [{ id: "rest", name: "Rest", type: "wait", duration: 1 }],
      });
      const target = { workflow: "counts", inputs: { n: filled("payload.n") } };
      const { url, id } = await make("counts", { target });
      const send = (n: number) => push(url, { n }, { id: `n-${n}` }).catch(() => null);
      const sent = Array.from({ length: 12 }, (_, n) => send(n));
      // As soon as one was answered.
      await Promise.race(sent);
      await world().crashGateway();
      const answers = await Promise.all(sent);
      // A provider sends again what was not answered well.
      for (const [n, answer] of answers.entries()) {
        if (answer?.status === 202) continue;
        expect([200, 202]).toContain((await send(n))?.status);
      }
      const started = async () => {
        await sweep();
        const log = await logOf(id);
        return log.length === 12 && log.every(({ status }) => status === "started") ? log : null;
      };
      const log = await until("all have started", started, undefined, 120_000);
      for (const { executionId } of log) {
        expect(await world().ended(executionId ?? "")).toMatchObject({ status: "succeeded" });
      }
      const query = { name: "counts", kind: "workflow" as const };
      const { items } = await world().client.call(listExecutions, { query, signal: world().signal });
      expect(items).toHaveLength(12);
    });
  });
}
