import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { quantile } from "../bench/measure.ts";
import { memoryOf } from "../e2e/platforms/memory.ts";
import { type Attack, endlessBodies, slowBodies, slowHeads, unreadAnswers, wrongKeys } from "./attacks.ts";
import { Cluster } from "./cluster.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    connections: { type: "string", default: "1000" },
    report: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const many = Number(values.connections);
const honestMostMs = 250;
const growthMost = 256 * 2 ** 20;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** What honest callers saw while an attack went on. */
interface Phase {
  name: string;
  calls: number;
  failed: number;
  p50: number;
  p99: number;
  /** Bytes that the gateway's memory grew by, at the most. */
  growth: number;
  closed: number;
}

const cluster = await Cluster.start();
try {
  const phases = await run();
  const isSound = phases.every(
    ({ failed, p99, growth }) => failed === 0 && p99 <= honestMostMs && growth <= growthMost,
  );
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify({ phases }, null, 2)}\n`);
  say(isSound ? "sound" : "NOT SOUND");
  process.exitCode = isSound ? 0 : 1;
} finally {
  await cluster.stop();
}

async function run(): Promise<Phase[]> {
  await cluster.join({ name: "honest", slots: 8 });
  const endpoint = { endpoint: { auth: "public" } };
  await cluster.deploy("hello", "export const handler = () => 1;", { concurrency: 8 });
  await cluster.deploy("open", "export const handler = () => 'x'.repeat(5_000_000);", {
    concurrency: 8,
    ...endpoint,
  });
  const printing = `export const handler = async () => {
  const end = Date.now() + ${seconds * 1000};
  while (Date.now() < end) { console.log("x".repeat(1000).concat("\\n").repeat(500)); await new Promise((r) => setTimeout(r, 100)); }
};`;
  await cluster.deploy("loud", printing, { timeout: "5m", logs: { max: "256MB" }, retry: { attempts: 1 } });
  const target = { host: "127.0.0.1", port: cluster.port };
  const signed = [`authorization: Bearer ${cluster.adminKey}`];
  const paths = [
    "/v1/keys",
    "/v1/functions/hello/versions",
    "/f/hello",
    "/f/open",
    "/runner/v1/sync",
    "/v1/session",
    "/nothing",
  ];
  const attacks: [string, () => Attack][] = [
    ["nothing else", () => ({ closed: () => 0, stop: () => undefined })],
    [`${many} heads that never end`, () => slowHeads(target, many)],
    [`${many} slow bodies of strangers`, () => slowBodies(target, many, paths, [])],
    [`${many / 2} slow bodies with a key`, () => slowBodies(target, many / 2, paths, signed)],
    ["32 endless bodies of strangers", () => endlessBodies(target, 32, paths, [])],
    ["8 endless bodies with a key", () => endlessBodies(target, 8, paths.slice(0, 4), signed)],
    ["4 readers who do not read", () => unreadAnswers(target, 4, "/f/open", [])],
    ["16 who try keys", () => wrongKeys(target, 16, "/v1/functions")],
    ["4 functions that print 5 MB/s each", () => loud(4)],
  ];
  const phases: Phase[] = [];
  for (const [name, begin] of attacks) phases.push(await phaseOf(name, begin));
  return phases;
}

/** Executions that print; they end by themselves. */
function loud(count: number): Attack {
  for (let i = 0; i < count; i++) {
    void fetch(`${cluster.url}/f/loud`, {
      method: "POST",
      headers: { authorization: `Bearer ${cluster.adminKey}`, prefer: "respond-async" },
    }).then((response) => response.arrayBuffer());
  }
  return { closed: () => 0, stop: () => undefined };
}

async function phaseOf(name: string, begin: () => Attack): Promise<Phase> {
  const memory = () => memoryOf(cluster.gatewayPid).now;
  const before = memory();
  const attack = begin();
  const taken: number[] = [];
  let [failed, most] = [0, 0];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const begun = performance.now();
    const response = await fetch(`${cluster.url}/f/hello`, {
      method: "POST",
      headers: { authorization: `Bearer ${cluster.adminKey}` },
      body: "{}",
    }).catch(() => null);
    await response?.arrayBuffer();
    taken.push(performance.now() - begun);
    if (response?.status !== 200) failed += 1;
    most = Math.max(most, memory());
    await sleep(10);
  }
  const closed = attack.closed();
  attack.stop();
  await sleep(1000);
  const growth = Math.max(0, most - before);
  const phase = {
    name,
    calls: taken.length,
    failed,
    p50: quantile(taken, 0.5),
    p99: quantile(taken, 0.99),
    growth,
    closed,
  };
  const [p50, p99] = [phase.p50.toFixed(1), phase.p99.toFixed(1)];
  say(
    `${name}: ${phase.calls} honest calls, ${failed} failed, p50 ${p50} p99 ${p99} ms, memory +${(growth / 2 ** 20).toFixed(0)} MB, ${closed} closed`,
  );
  return phase;
}
