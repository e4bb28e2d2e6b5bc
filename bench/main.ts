import { listExecutions } from "@pulse/schema/wire/executions";
import { Agent, setGlobalDispatcher } from "undici";
import { startProcess, until } from "../e2e/platforms/node.ts";
import { sandboxesHere } from "../e2e/sandboxes.ts";
import { startWorld, type World } from "../e2e/world.ts";
import { joined, line, load, type Sample } from "./measure.ts";

const rounds = 3;
const hello = { "index.ts": "export const handler = (e) => ({ hello: e.name ?? 'world' });" };

setGlobalDispatcher(new Agent({ connections: 64 }));

async function post(url: string, headers: Record<string, string>, status: number): Promise<void> {
  const response = await fetch(url, { method: "POST", body: "{}", headers });
  await response.arrayBuffer();
  if (response.status !== status) throw new Error(`${url} answered ${response.status}`);
}

/** Measures the product beside raw Node HTTP, in rotation, and prints both with their ratio. */
async function measure(sandbox: "process" | "docker"): Promise<void> {
  const begun = performance.now();
  const world = await startWorld({ sandbox, slots: 8 });
  const startMs = performance.now() - begun;
  const yardstick = startProcess("bench/hello-server.ts", {});
  try {
    const port = await until(
      "the yardstick's port",
      async () => /^(\d+)\n/.exec(yardstick.output())?.[1] ?? null,
      yardstick,
    );
    await world.deploy("hello", hello);
    const raw = `http://127.0.0.1:${port}/`;
    const headers = { authorization: `Bearer ${world.adminKey}` };
    const warm = `${world.url}/f/hello`;
    const productPids = [world.gateway.child.pid, world.runner?.child.pid].filter((pid) => pid !== undefined);
    const rawPids = [yardstick.child.pid ?? 0];
    for (let i = 0; i < 300; i++) await post(warm, headers, 200);

    process.stdout.write(`\n${sandbox} sandbox; start to first runner online ${startMs.toFixed(0)} ms\n`);
    for (const [concurrency, count] of [
      [1, 1000],
      [32, 4000],
    ] as const) {
      const samples: { raw: Sample[]; warm: Sample[] } = { raw: [], warm: [] };
      for (let round = 0; round < rounds; round++) {
        const name = `concurrency ${concurrency}`;
        samples.raw.push(
          await load(`raw node:http, ${name}`, { count, concurrency, pids: rawPids }, () =>
            post(raw, {}, 200),
          ),
        );
        samples.warm.push(
          await load(`warm sync call, ${name}`, { count, concurrency, pids: productPids }, () =>
            post(warm, headers, 200),
          ),
        );
      }
      const yard = joined(samples.raw);
      process.stdout.write(`${line(yard, yard)}\n${line(joined(samples.warm), yard)}\n`);
    }
    await drainAsync(world, warm, headers, productPids);
  } finally {
    await yardstick.stop();
    await world.stop();
  }
}

/** 5,000 asynchronous calls: how fast they are accepted, and how long until all are done. */
async function drainAsync(
  world: World,
  url: string,
  headers: Record<string, string>,
  pids: number[],
): Promise<void> {
  const count = 5000;
  const begun = performance.now();
  const since = new Date().toISOString();
  const accepted = await load("async accept, concurrency 32", { count, concurrency: 32, pids }, () =>
    post(url, { ...headers, prefer: "respond-async" }, 202),
  );
  process.stdout.write(`${line(accepted, accepted)}\n`);
  const open = {
    query: { name: "hello", status: "queued,offered,running", since, limit: 1 } as never,
    signal: world.signal,
  };
  await until(
    "all are done",
    async () => ((await world.client.call(listExecutions, open)).items.length === 0 ? true : null),
    undefined,
    300_000,
  );
  const wallMs = performance.now() - begun;
  process.stdout.write(
    `async enqueue → done, ${count}: ${wallMs.toFixed(0)} ms, ${((count / wallMs) * 1000).toFixed(0)}/s\n`,
  );
}

for (const sandbox of await sandboxesHere()) if (sandbox.available) await measure(sandbox.name);
