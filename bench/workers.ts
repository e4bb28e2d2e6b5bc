import { Agent, setGlobalDispatcher } from "undici";
import { until } from "../e2e/platforms/node.ts";
import { startWorkersGateway, type WorkersCounts, type WorkersGateway } from "../e2e/platforms/workers.ts";
import { startWorld, type World } from "../e2e/world.ts";
import { joined, line, load, type Sample } from "./measure.ts";

/** What a warm call costs on workerd beside Node in the same run, and what calls and idle runners ask of objects and database. */
const rounds = 3;
const idleRunners = 5;
const idleMs = 120_000;
const hello = { "index.ts": "export const handler = (e) => ({ hello: e.name ?? 'world' });" };

setGlobalDispatcher(new Agent({ connections: 64 }));

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function post(world: World): Promise<void> {
  const response = await world.call("/f/hello", { method: "POST", body: "{}" });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${world.url} answered ${response.status}`);
}

const pidsOf = ({ gateway, runner }: World) =>
  [gateway.child.pid, runner?.child.pid].filter((pid) => pid !== undefined);

/** Both in rotation; Node is the yardstick. */
async function compare(node: World, workers: World): Promise<void> {
  for (const [concurrency, count] of [
    [1, 500],
    [32, 2000],
  ] as const) {
    const samples: Record<"node" | "workers", Sample[]> = { node: [], workers: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [name, world] of [
        ["node", node],
        ["workers", workers],
      ] as const) {
        const title = `${name}, concurrency ${concurrency}`;
        const options = { count, concurrency, pids: pidsOf(world) };
        samples[name].push(await load(title, options, () => post(world)));
      }
    }
    const yard = joined(samples.node);
    say(line(yard, yard));
    say(line(joined(samples.workers), yard));
  }
}

const objectRequests = (counts: WorkersCounts) =>
  Object.values(counts.object).reduce((sum, one) => sum + one, 0);

/** What was counted between two moments, for each of `per`. */
function row(name: string, before: WorkersCounts, after: WorkersCounts, per: number): string {
  const of = (read: (counts: WorkersCounts) => number) => (read(after) - read(before)) / per;
  const object = of(objectRequests);
  const database = of((one) => one.databaseRequests);
  const cells = [of((one) => one.worker), object, object + database, database, of((one) => one.statements)];
  return `${name.padEnd(34)} ${cells.map((cell) => cell.toFixed(2).padStart(9)).join(" ")}`;
}

const header = `${"".padEnd(34)} ${["worker", "object", "subreq.", "database", "statem."].map((name) => name.padStart(9)).join(" ")}`;

async function countCalls(world: World, gateway: WorkersGateway): Promise<void> {
  say(`\nrequests and statements for each call\n${header}`);
  for (const [concurrency, count] of [
    [1, 200],
    [32, 2000],
  ] as const) {
    const before = await gateway.counts();
    await load("", { count, concurrency, pids: [] }, () => post(world));
    say(row(`warm call, concurrency ${concurrency}`, before, await gateway.counts(), count));
  }
}

/** What runners that have nothing to do ask for. */
async function countIdle(world: World, gateway: WorkersGateway): Promise<void> {
  for (let i = 1; i < idleRunners; i++) await world.startRunner(`idle-${i}`);
  // What starting costs is not idle.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const before = await gateway.counts();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const after = await gateway.counts();
  const polls = (after.object.sync ?? 0) - (before.object.sync ?? 0);
  say(`\n${idleRunners} idle runners for ${idleMs / 1000} s: ${polls} polls\n${header}`);
  say(row("for each poll", before, after, polls));
  say(row("in all", before, after, 1));
  say(`presence is one statement each 20 s for all runners of an object: ${idleMs / 20_000} in this time`);
}

async function main(): Promise<void> {
  let gateway: WorkersGateway | undefined;
  const workers = await startWorld({
    slots: 8,
    startGateway: async (given) => {
      gateway = await startWorkersGateway(given);
      return gateway;
    },
  });
  const node = await startWorld({ slots: 8 });
  try {
    if (gateway === undefined) throw new Error("no gateway was started");
    for (const world of [node, workers]) {
      await world.deploy("hello", hello);
      for (let i = 0; i < 300; i++) await post(world);
    }
    await compare(node, workers);
    await countCalls(workers, gateway);
    await until("nothing is under way", async () => {
      const open = await workers.call("/v1/executions?status=queued,offered,running");
      return ((await open.json()) as { items: unknown[] }).items.length === 0 ? true : null;
    });
    await countIdle(workers, gateway);
  } finally {
    await node.stop();
    await workers.stop();
  }
}

await main();
