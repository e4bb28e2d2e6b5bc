import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { getCallbackSecret, listCallbacks } from "@pulse/schema/wire/callbacks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { emittedSuite } from "./suites/emitted.suite.ts";
import { startWorld, type World } from "./world.ts";

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver that turns the first try of each message away. */
class Receiver {
  readonly #server: Server;
  readonly told: Told[] = [];

  /** `refusal`: the status of each first try. */
  constructor(port: number, refusal: number) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { headers } = request;
        const isFirst = !this.told.some((one) => one.headers["webhook-id"] === headers["webhook-id"]);
        this.told.push({ headers, body: Buffer.concat(chunks).toString("utf8") });
        const location = refusal < 400 ? { location: `http://127.0.0.1:${port}/elsewhere` } : {};
        if (isFirst) response.writeHead(refusal, location).end();
        else response.writeHead(204).end();
      });
    }).listen(port, "127.0.0.1");
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

interface Place {
  world: World;
  receiver: Receiver;
  url: string;
  /** Where the gateway may send requests of workflows to. */
  otherPort: number;
  refused: { status: number; error: string };
  /** What a platform without a process of its own is woken by. */
  wake(): Promise<void>;
  stop(): Promise<void>;
}

async function place(
  refusal: number,
  start: (settings: Record<string, string>) => Promise<{ world: World; wake(): Promise<void> }>,
): Promise<Place> {
  const port = await freePort();
  const otherPort = await freePort();
  const { world, wake } = await start({
    PULSE_CALLBACK_HOSTS: `127.0.0.1:${port}`,
    PULSE_OUTBOUND_HOSTS: `127.0.0.1:${otherPort}`,
  });
  const receiver = new Receiver(port, refusal);
  await world.deploy("told", { "index.ts": "export const handler = (e) => ({ got: e.n });" });
  const stop = async () => {
    receiver.close();
    await world.stop();
  };
  const error = refusal < 400 ? `${refusal}: redirects are not followed` : `answered ${refusal}`;
  return {
    world,
    wake,
    receiver,
    refused: { status: refusal, error },
    url: `http://127.0.0.1:${port}/done`,
    otherPort,
    stop,
  };
}

const places = {
  "on Node": () =>
    place(302, async (gatewayEnv) => ({
      world: await startWorld({ sandbox: "process", gatewayEnv }),
      wake: async () => undefined,
    })),
  "on Workers": () =>
    // The harness of workerd turns every redirect into a 500 on its way in.
    place(503, async (vars) => {
      let gateway: WorkersGateway | null = null;
      const world = await startWorld({
        sandbox: "process",
        startGateway: async (given) => {
          gateway = await startWorkersGateway(given, { vars });
          return gateway;
        },
      });
      return { world, wake: async () => void (await gateway?.cron()) };
    }),
};

describe.each(Object.entries(places))("what leaves the gateway %s", (_name, make) => {
  let at: Place;
  beforeAll(async () => {
    at = await make();
  }, 180_000);
  afterAll(() => at?.stop(), 60_000);

  emittedSuite(
    () => at.world,
    () => at.otherPort,
  );

  test("the end of a call is told, signed, and told again with the same id after a failure and a crash", async () => {
    const { world, receiver, url } = at;
    const call = (headers: Record<string, string>) =>
      world.call("/f/told", {
        method: "POST",
        body: '{"n":7}',
        headers: { prefer: "respond-async", ...headers },
      });
    expect((await call({ "pulse-callback": "https://hooks.example.test/" })).status).toBe(422);
    const answer = await call({ "pulse-callback": url });
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    await world.ended(id);
    const tries = (count: number) =>
      until(`try ${count}`, async () => {
        await at.wake();
        return receiver.told.length >= count ? true : null;
      });
    const read = async () =>
      (await world.client.call(listCallbacks, { params: { id }, signal: world.signal })).items[0];
    await tries(1);
    await until("the first try is noted", async () => ((await read())?.tries.length === 1 ? true : null));
    await world.crashGateway();
    await tries(2);
    const log = await until("it is noted", async () => {
      const found = await read();
      return found?.status === "delivered" ? found : null;
    });
    expect(log.tries).toMatchObject([at.refused, { status: 204, error: null }]);
    const { secret } = await world.client.call(getCallbackSecret, { signal: world.signal });
    expect(receiver.told).toHaveLength(2);
    for (const { headers, body } of receiver.told) {
      expect(headers["webhook-id"]).toBe(log.id);
      expect(headers["webhook-signature"]).toBe(
        await signatureOf(secret, `${log.id}.${headers["webhook-timestamp"]}.${body}`),
      );
      expect(JSON.parse(body)).toMatchObject({
        type: "execution.ended",
        data: { execution: { id, status: "succeeded", name: "told" } },
      });
    }
    const [first, second] = receiver.told.map(({ headers }) => Number(headers["webhook-timestamp"]));
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(4);
  });
});

/** As a receiver computes it by the specification, with nothing of ours. */
async function signatureOf(secret: string, text: string): Promise<string> {
  const bytes = Buffer.from(secret.replace("whsec_", ""), "base64");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", key, Buffer.from(text));
  return `v1,${Buffer.from(signed).toString("base64")}`;
}
