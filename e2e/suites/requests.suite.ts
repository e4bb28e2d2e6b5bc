import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { cancelExecution } from "@pulse/schema/wire/executions";
import { putSecret } from "@pulse/schema/wire/secrets";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { commandRunners, filled, NotedRuns } from "../noted-runs.ts";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";

/** A request that the receiver was sent. */
interface Seen {
  method: string | undefined;
  path: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  response: ServerResponse;
}

/** `http` steps with targets, on every platform. The world's runners are `commandRunners`, which may run any command. */
export function requestsSuite(world: () => World): void {
  const runs = new NotedRuns(world);

  describe("requests from machines", () => {
    let server: Server;
    let place: string;
    let seen: Seen[];
    /** What the receiver answers; an answer that is not ended stays open. */
    let answer: (one: Seen) => void;
    beforeAll(async () => {
      server = createServer(async (request, response) => {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        const { method, url: path, headers } = request;
        const one = { method, path, headers, body, response };
        seen.push(one);
        answer(one);
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
      seen = [];
    });
    afterAll(() => {
      server?.closeAllConnections();
      server?.close();
    });

    const targetsOf = ({ run }: Awaited<ReturnType<World["execution"]>>) =>
      Object.fromEntries(run?.steps[0]?.targets.map(({ runner, status }) => [runner, status]) ?? []);
    const asked = (count: number) =>
      until(`${count} requests came`, async () => (seen.length >= count ? true : null), undefined, 60_000);

    test("each machine whose owner lets it makes the request itself, with a secret that comes back in nothing", async () => {
      await world().startRunner("guarded", {
        PULSE_COMMANDS: "deny",
        PULSE_REQUESTS: "intranet.example.test:80",
      });
      const { client, signal } = world();
      await client.call(putSecret, {
        params: { name: "REQUEST_TOKEN" },
        body: { value: "hunter2-and-more" },
        signal,
      });
      answer = ({ headers, body, response }) =>
        response
          .writeHead(201, { "content-type": "application/json" })
          .end(JSON.stringify({ you: headers.authorization, sent: JSON.parse(body) }));
      const id = await runs.start("asks", {
        steps: [
          {
            ...{ id: "call", name: "Call", type: "http", method: "POST", url: `http://${place}/orders` },
            targets: { select: [...commandRunners, "guarded"], strategy: { maxFailures: 1 } },
            secrets: { token: "REQUEST_TOKEN" },
            headers: { Authorization: `Bearer ${filled("secrets.token")}` },
            body: { from: filled("target.name") },
            expect: "status === 201",
          },
        ],
        outputs: { bodies: "steps.call.results.filter(r => r.output != null).map(r => r.output.body)" },
      });
      const view = await world().ended(id);
      expect([view.status, targetsOf(view)]).toEqual([
        "succeeded",
        { "web-1": "succeeded", "web-2": "succeeded", guarded: "failed" },
      ]);
      const [refused] = view.run?.steps[0]?.targets.filter(({ runner }) => runner === "guarded") ?? [];
      expect(refused?.reason).toBe(`this runner's policy refuses this: no requests to ${place}`);
      const bodies = commandRunners.map((from) => ({ you: "Bearer ***", sent: { from } }));
      expect(view.run?.outputs.bodies).toEqual(expect.arrayContaining(bodies));
      expect(seen.map(({ headers }) => headers.authorization)).toEqual(
        commandRunners.map(() => "Bearer hunter2-and-more"),
      );
      expect(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(2);
      expect(JSON.stringify(view)).not.toContain("hunter2");
    });

    test("the gateway is killed while they are under way: each is made once, and its answer counts", async () => {
      answer = () => undefined;
      const id = await runs.start("survives", {
        steps: [
          {
            ...{
              id: "call",
              name: "Call",
              type: "http",
              method: "POST",
              url: `http://${place}/x`,
              timeout: "2m",
            },
            targets: [...commandRunners],
          },
        ],
        outputs: { bodies: "steps.call.results.map(r => r.output.body)" },
      });
      await asked(2);
      await world().crashGateway();
      for (const { response } of seen) response.end("late");
      const { status, run } = await world().ended(id);
      expect([status, run?.outputs.bodies, seen.length]).toEqual(["succeeded", ["late", "late"], 2]);
    });

    test("a cancelled run breaks its requests off", async () => {
      const closed = Promise.withResolvers<void>();
      answer = ({ response }) => void response.on("close", closed.resolve);
      const id = await runs.start("stops", {
        steps: [
          {
            id: "call",
            name: "Call",
            type: "http",
            url: `http://${place}/x`,
            timeout: "5m",
            targets: ["web-1"],
          },
        ],
      });
      await asked(1);
      const { client, signal } = world();
      await client.call(cancelExecution, { params: { id }, signal });
      await closed.promise;
      const view = await world().ended(id);
      expect([view.status, targetsOf(view)]).toEqual(["cancelled", { "web-1": "cancelled" }]);
    });

    test("a machine that dies while it asks leaves what changes things lost, and what may be repeated is asked again", async () => {
      const env = { PULSE_REQUESTS: place };
      const first = await world().startRunner("dies", env);
      answer = () => undefined;
      const call = (id: string, method: string) => ({
        ...{
          id,
          name: id,
          type: "http",
          method,
          url: `http://${place}/${id}`,
          timeout: "5m",
          targets: ["dies"],
        },
        ...{ needs: [], continueOnError: true },
      });
      const id = await runs.start("dies", { steps: [call("post", "POST"), call("get", "GET")] });
      await asked(2);
      await first.kill();
      answer = ({ response }) => void response.end("again");
      await world().startRunner("dies", env);
      const { run } = await world().ended(id);
      expect(run?.steps.map(({ path, status }) => [path, status]).sort()).toEqual([
        ["get", "succeeded"],
        ["post", "lost"],
      ]);
      expect(seen.map(({ path }) => path).sort()).toEqual(["/get", "/get", "/post"]);
    });
  });
}
