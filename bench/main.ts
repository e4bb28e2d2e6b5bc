import { listExecutions } from "@pulse/schema/wire/executions";
import { startProcess, until } from "../e2e/platforms/node.ts";
import { sandboxesHere } from "../e2e/sandboxes.ts";
import { startWorld, type World } from "../e2e/world.ts";
import { Caller } from "./caller.ts";
import { cpuOf, descendantsOf, joined, line, load, type Meters, type Sample } from "./measure.ts";

const rounds = 3;
const hello = { "index.ts": "export const handler = (e) => ({ hello: e.name ?? 'world' });" };

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
    const headers = { authorization: `Bearer ${world.adminKey}` };
    const [gateway, runner] = [world.gateway.child.pid ?? 0, world.runner?.child.pid ?? 0];
    const pids = [gateway, runner];
    const rawPids = [yardstick.child.pid ?? 0];
    const meters: Meters = {
      gateway: () => cpuOf(gateway),
      runner: () => cpuOf(runner),
      functions: () => descendantsOf(runner).reduce((sum, pid) => sum + cpuOf(pid), 0),
      caller: () => cpuOf(process.pid),
    };
    const raw = new Caller(`http://127.0.0.1:${port}/`, {});
    const warm = new Caller(`${world.url}/f/hello`, headers);
    for (let i = 0; i < 300; i++) await warm.call(200);

    process.stdout.write(`\n${sandbox} sandbox; start to first runner online ${startMs.toFixed(0)} ms\n`);
    for (const [concurrency, count] of [
      [1, 1000],
      [32, 4000],
      [64, 4000],
    ] as const) {
      const samples: { raw: Sample[]; warm: Sample[] } = { raw: [], warm: [] };
      for (let round = 0; round < rounds; round++) {
        const name = `concurrency ${concurrency}`;
        const of = { count, concurrency };
        samples.raw.push(await load(`raw node:http, ${name}`, { ...of, pids: rawPids }, () => raw.call(200)));
        samples.warm.push(
          await load(`warm sync call, ${name}`, { ...of, pids, meters }, () => warm.call(200)),
        );
      }
      for (const one of [raw, warm]) one.close();
      const yard = joined(samples.raw);
      process.stdout.write(`${line(yard, yard)}\n${line(joined(samples.warm), yard)}\n`);
    }
    await drainAsync(world, { pids, meters, raw, rawPids });
  } finally {
    await yardstick.stop();
    await world.stop();
  }
}

/** 5,000 asynchronous calls: how fast they are accepted, one a request and on disk before the answer, and how fast they are done. */
async function drainAsync(
  world: World,
  by: { pids: number[]; meters: Meters; raw: Caller; rawPids: number[] },
): Promise<void> {
  const { pids, meters, raw, rawPids } = by;
  const of = { count: 5000, concurrency: 32 };
  const headers = { authorization: `Bearer ${world.adminKey}`, prefer: "respond-async" };
  const caller = new Caller(`${world.url}/f/hello`, headers);
  const since = new Date().toISOString();
  const yard = await load("raw node:http, concurrency 32", { ...of, pids: rawPids }, () => raw.call(200));
  const begun = performance.now();
  const before = pids.map(cpuOf);
  const accepted = await load("async accept, concurrency 32", { ...of, pids, meters }, () =>
    caller.call(202),
  );
  process.stdout.write(`${line(accepted, yard)}\n`);
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
  const [gateway, runner] = pids.map((pid, at) => ((cpuOf(pid) - (before[at] ?? 0)) / of.count) * 1000);
  const cpu = `cpu gateway ${gateway?.toFixed(0)}, runner ${runner?.toFixed(0)} µs a job`;
  process.stdout.write(
    `async enqueue → done, ${of.count}: ${wallMs.toFixed(0)} ms, ${((of.count / wallMs) * 1000).toFixed(0)}/s, ${cpu}\n`,
  );
}

for (const sandbox of await sandboxesHere()) if (sandbox.available) await measure(sandbox.name);
