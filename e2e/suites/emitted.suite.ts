import { createServer, type Server } from "node:http";
import { emitEvent } from "@pulse/schema/wire/emit";
import { listExecutions } from "@pulse/schema/wire/executions";
import { putSecret } from "@pulse/schema/wire/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filled, NotedRuns } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

/** Events and requests of workflows, on every platform. The world may reach `127.0.0.1` at the port. */
export function emittedSuite(world: () => World, port: () => number): void {
  const runs = new NotedRuns(world);
  const seen: { key: string | undefined; token: string | undefined; body: string }[] = [];
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      request.on("end", () => {
        const { headers } = request;
        seen.push({ key: String(headers["idempotency-key"]), token: headers.authorization, body });
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ told: 7, sent: headers.authorization }));
      });
    }).listen(port(), "127.0.0.1");
    await world().deploy("teller", {
      "index.ts": "export const handler = (e, ctx) => ctx.emit('told.' + e.n, { n: e.n, url: ctx.url });",
    });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const emit = (name: string, data: object) =>
    world().client.call(emitEvent, {
      params: { name },
      body: { data: data as never },
      signal: world().signal,
    });

  describe("events", () => {
    test("an event starts a workflow once, whose request and function end what waited through a crash", async () => {
      const { client, signal } = world();
      await client.call(putSecret, { params: { name: "RECEIVER" }, body: { value: "s3cret-token" }, signal });
      await runs.save("asks", {
        triggers: [{ type: "event", name: "order.paid", match: "event.total > 10" }],
        steps: [
          {
            ...{ id: "post", name: "Post", type: "http", method: "POST", url: `http://127.0.0.1:${port()}/` },
            ...{
              secrets: { KEY: "RECEIVER" },
              headers: { authorization: `Bearer ${filled("secrets.KEY")}` },
            },
            ...{ body: { order: filled("event.id") }, expect: "status === 200 && body.told === 7" },
          },
          {
            ...{ id: "tell", name: "Tell", type: "function", function: "teller" },
            input: { n: filled("steps.post.output.body.told") },
          },
        ],
      });
      const waiting = await runs.start("listens", {
        steps: [
          { id: "told", name: "Told", type: "wait", event: { name: "told.7", match: "event.n === 7" } },
        ],
        outputs: { n: "steps.told.output.n", url: "steps.told.output.url" },
      });
      const isWaiting = async () => ((await world().execution(waiting)).status === "waiting" ? true : null);
      await until("it waits", isWaiting);
      await world().crashGateway();
      await emit("order.paid", { id: "a", total: 3 });
      const { id, subscribers } = await emit("order.paid", { id: "b", total: 12 });
      expect(subscribers).toBe(1);
      // Also where no request says it: nothing is configured on Workers here.
      const outputs = { n: 7, url: `${world().url}/f/teller` };
      expect(await world().ended(waiting)).toMatchObject({ status: "succeeded", run: { outputs } });
      const query = { name: "asks", kind: "workflow" as const };
      const { items } = await world().client.call(listExecutions, { query, signal: world().signal });
      expect(items).toMatchObject([{ trigger: { type: "event", event: id, name: "order.paid" } }]);
      const [run] = items;
      expect(seen).toEqual([{ key: `${run?.id}:post`, token: "Bearer s3cret-token", body: '{"order":"b"}' }]);
      const shown = JSON.stringify(await world().execution(run?.id ?? ""));
      expect(shown).not.toContain("s3cret-token");
    });

    test("a request to what is inside is not made", async () => {
      const id = await runs.start("inside", {
        steps: [{ id: "a", name: "A", type: "http", url: "http://169.254.169.254/latest/meta-data/" }],
      });
      const { run } = await world().ended(id);
      expect(run?.steps[0]).toMatchObject({ status: "failed", error: { code: "url_not_allowed" } });
    });
  });
}
