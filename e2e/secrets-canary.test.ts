import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createClient } from "@libsql/client";
import { contract } from "@pulse/schema/contract";
import { getLogs, listExecutions } from "@pulse/schema/wire/executions";
import { putSecret } from "@pulse/schema/wire/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerClient } from "../runner/src/sandbox/docker.ts";
import { CanarySearch, makeCanaries } from "./canaries.ts";
import { freePort, until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";
import { dockerAnswers } from "./sandboxes.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const canaries = makeCanaries();
const returned = "what the function itself answers is its own affair";

/** Tells its secrets in every way that it can think of. */
const leaky = `
const forms = (s) => [s, btoa(unescape(encodeURIComponent(s))), encodeURIComponent(s), JSON.stringify({ s }), Buffer.from("u" + s).toString("base64url"), Buffer.from(s).toString("hex")];
const all = (env) => Object.entries(env).filter(([name]) => name.startsWith("CANARY"));
function tell(ctx) {
  for (const [name, value] of all(ctx.secrets)) {
    for (const form of forms(value)) {
      console.log("out", form);
      process.stderr.write("err " + form + "\\n");
      ctx.log.info("log " + form, { [name]: form, nested: [{ form }] });
    }
    process.stdout.write(value.slice(0, 3));
    process.stdout.write(value.slice(3) + "\\n");
  }
}
export async function init(ctx) { tell(ctx); }
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    tell(ctx);
    const text = all(env).map(([, value]) => value).join(" ");
    if (pathname === "/error") { const error = new TypeError(text); error.name = all(env)[0][1]; throw error; }
    if (pathname === "/crash") { process.stderr.write(text); process.abort(); }
    if (pathname === "/hang") await new Promise(() => setInterval(() => undefined, 1000));
    if (pathname === "/return") return new Response(env.RETURNED);
    if (pathname === "/stream") return new Response(new ReadableStream({
      async pull(controller) { tell(ctx); controller.enqueue(new TextEncoder().encode("part")); await new Promise((r) => setTimeout(r, 1500)); controller.close(); },
    }));
    return Response.json({ given: all(env).length, same: all(env).every(([name, value]) => process.env[name] === value) });
  },
};
`;
const python = `
import base64, json, sys
def init(ctx):
    for name, value in ctx.secrets.items():
        print(value, base64.b64encode(value.encode()).decode(), json.dumps(value))
def handler(event, ctx):
    ctx.log.info("told", {name: value for name, value in ctx.secrets.items()})
    raise ValueError(" ".join(ctx.secrets.values()))
`;

test("the search finds a canary in whatever form, packed or plain", () => {
  const [value = ""] = canaries.values();
  for (const content of [value, Buffer.from(`xy${value}`).toString("base64"), gzipSync(`before ${value}`)]) {
    expect(CanarySearch.sees(canaries, content)).toBe(true);
  }
  expect(CanarySearch.sees(canaries, "nothing of it")).toBe(false);
});

interface Place {
  world: World;
  wake(): Promise<void>;
}

const hasDocker = await dockerAnswers();
if (!hasDocker) process.stderr.write("no Docker engine answers: the canaries run in plain processes\n");

const places: Record<string, (host: string) => Promise<Place>> = {
  "on Node": async (host) => ({
    world: await startWorld({
      sandbox: hasDocker ? "docker" : "process",
      gatewayEnv: { PULSE_CALLBACK_HOSTS: host },
    }),
    wake: async () => undefined,
  }),
  "on Workers": async (host) => {
    let gateway: WorkersGateway | null = null;
    const world = await startWorld({
      sandbox: "process",
      startGateway: async (given) => {
        gateway = await startWorkersGateway(given, { vars: { PULSE_CALLBACK_HOSTS: host } });
        return gateway;
      },
    });
    return { world, wake: async () => void (await gateway?.cron()) };
  },
};

describe.each(Object.entries(places))("%s, of fifty secrets in ten shapes", (_name, make) => {
  const search = new CanarySearch(canaries);
  const told: string[] = [];
  let receiver: Server;
  let at: Place;
  let stopWatching: () => void = () => undefined;

  beforeAll(async () => {
    const port = await freePort();
    receiver = createServer((request, response) => {
      let body = JSON.stringify(request.headers);
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        told.push(body);
        response.writeHead(204).end();
      });
    }).listen(port, "127.0.0.1");
    at = await make(`127.0.0.1:${port}`);
    stopWatching = hasDocker ? await watchContainers(search) : stopWatching;
  }, 180_000);
  afterAll(async () => {
    stopWatching();
    receiver?.close();
    await at?.world.stop();
  }, 60_000);

  test("SC-02, SC-07, MK-04: a run of every kind leaves none behind, and the function has them all", async () => {
    const { world } = at;
    const { client, signal } = world;
    const put = (name: string, value: string) =>
      client.call(putSecret, { params: { name }, body: { value }, signal });
    for (const [name, value] of canaries) await put(name, value);
    await put("RETURNED", returned);
    const settings = { secrets: [...canaries.keys(), "RETURNED"], timeout: "20s", retry: { attempts: 1 } };
    await world.deploy("leaky", { "index.ts": leaky }, { settings });
    await world.deploy("hangs", { "index.ts": leaky }, { settings: { ...settings, timeout: "1s" } });
    await world
      .deploy(
        "python",
        { "main.py": python },
        { runtime: "python", settings: { secrets: [...canaries.keys()].slice(0, 40) } },
      )
      .catch((error: unknown) => {
        search.look("the problem of a failed build", JSON.stringify(error));
        throw error;
      });

    const answers: [string, number][] = [];
    const call = async (path: string, init: RequestInit = {}) => {
      const response = await world.call(path, { method: "POST", body: "{}", ...init });
      const text = await response.text();
      search.look(`the answer of ${path}`, text + JSON.stringify([...response.headers]));
      answers.push([path, response.status]);
      return { response, text };
    };
    const { text } = await call("/f/leaky");
    expect(JSON.parse(text)).toEqual({ given: 50, same: true });
    expect((await call("/f/leaky/return")).text).toBe(returned);
    const streaming = call("/f/leaky/stream");
    search.processes();
    await streaming;
    await call("/f/leaky/error");
    await call("/f/leaky/crash");
    await call("/f/hangs/hang");
    await call("/f/python");
    const { port } = receiver.address() as { port: number }; // It listens on a port.
    const later = { prefer: "respond-async", "pulse-callback": `http://127.0.0.1:${port}/done` };
    const { id } = JSON.parse((await call("/f/leaky/error", { headers: later })).text);
    expect((await world.ended(id)).error?.message).toContain("***");
    const first = executionOf((await call("/f/leaky")).response);
    const replayed = await call(`/v1/executions/${first}/replay`);
    await world.ended(JSON.parse(replayed.text).id);
    const done = JSON.parse((await call("/f/leaky", { headers: later })).text);
    await world.ended(done.id);
    await until("the callback came", async () => {
      await at.wake();
      return told.length > 0 ? true : null;
    });
    for (const one of told) search.look("a callback", one);
    expect(Object.fromEntries(answers)).toMatchObject({
      "/f/leaky/error": 202,
      "/f/leaky/crash": 502,
      "/f/hangs/hang": 504,
      "/f/python": 500,
    });

    await readEverything(world, search);
    const logs = await (await client.open(getLogs, { params: { id: first }, signal })).text();
    expect(logs).toContain("***");
    search.folder(world.dataDir);
    await world.runner?.stop();
    await world.gateway.stop();
    search.folder(world.dataDir);
    await readDatabase(world, search);
    search.look("what the runner said", world.runner?.output() ?? "");
    search.look("what the gateway said", world.gateway.output());
    expect(search.searchedBytes).toBeGreaterThan(1_000_000);
    expect([...new Set(search.found)].slice(0, 20)).toEqual([]);
  }, 240_000);
});

/** Asks every route that only reads, for everything that there is. */
async function readEverything(world: World, search: CanarySearch): Promise<void> {
  const { items } = await world.client.call(listExecutions, { query: { limit: 200 }, signal: world.signal });
  const names = ["leaky", "hangs", "python", "local", ...canaries.keys().take(1)];
  const values: Record<string, string[]> = { id: items.map(({ id }) => id), name: names, version: ["1"] };
  const reading = [...contract.values()].filter(
    ({ method, scope }) => method === "GET" && scope !== "runner",
  );
  let answered = 0;
  for (const { path } of reading) {
    const paths = [...path.matchAll(/:(\w+)/g)].reduce(
      (some, [whole, name = ""]) =>
        some.flatMap((one) => (values[name] ?? ["1"]).map((value) => one.replace(whole, value))),
      [path],
    );
    for (const one of paths) {
      const answer = await fetch(world.url + one, {
        headers: { authorization: `Bearer ${world.adminKey}` },
        signal: AbortSignal.timeout(one === "/v1/events" ? 1000 : 20_000),
      });
      search.look(`GET ${one}`, await answer.text().catch(() => ""));
      if (answer.ok) answered += 1;
    }
  }
  expect(answered).toBeGreaterThan(40);
}

/** Every value of every row, for a page of the file holds only a part of a large one. */
async function readDatabase(world: World, search: CanarySearch): Promise<void> {
  const files = readdirSync(world.dataDir, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".db"),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const database = createClient({ url: `file:${join(world.dataDir, file)}`, intMode: "bigint" });
    const { rows: tables } = await database.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
    for (const { name } of tables) {
      const { rows } = await database.execute(`SELECT * FROM "${name}"`);
      for (const row of rows) {
        for (const value of Object.values(row)) {
          search.look(
            `${file}: ${name}`,
            value instanceof ArrayBuffer ? new Uint8Array(value) : String(value),
          );
        }
      }
    }
    database.close();
  }
}

/** Inspects every container as it starts; returns what ends that. */
async function watchContainers(search: CanarySearch): Promise<() => void> {
  const docker = dockerClient();
  const events = await docker.getEvents({ filters: { type: ["container"], event: ["start"] } });
  const inspect = async (id: string) => {
    const found = await docker
      .getContainer(id)
      .inspect()
      .catch(() => null);
    if (found !== null) search.look("docker inspect", JSON.stringify(found));
  };
  events.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split("\n"))
      void inspect((JSON.parse(line) as { id: string }).id); // As the engine writes events.
  });
  return () => (events as typeof events & { destroy(): void }).destroy(); // It is a stream of Node.
}
