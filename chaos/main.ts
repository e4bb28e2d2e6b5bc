import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Agent } from "undici";
import { Random } from "../sim/random.ts";
import { classify, type Sighting } from "./classify.ts";
import { Cluster } from "./cluster.ts";
import { functionSource, readEffects } from "./effects.ts";
import { storm } from "./killer.ts";
import { type Plant, plant, plants } from "./plants.ts";
import { readRows } from "./rows.ts";
import { openOnes, watchEnds } from "./watch.ts";
import { Workload } from "./workload.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    executions: { type: "string", default: "10000" },
    runners: { type: "string", default: "4" },
    slots: { type: "string", default: "8" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    plant: { type: "string" },
    report: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const stuckMs = 120_000;
const planted = values.plant as Plant | undefined;
if (planted !== undefined && !(planted in plants)) {
  process.stderr.write(`--plant must be one of ${Object.keys(plants).join(", ")}, got ${planted}\n`);
  process.exit(2);
}
const [kills, executions, seed] = [Number(values.kills), Number(values.executions), Number(values.seed)];
const dice = new Random(seed, "kills");
const random = () => dice.next();
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`${executions} executions, ${kills} kills, ${values.runners} runners, seed ${seed}`);

const cluster = await Cluster.start();
let isSound = false;
try {
  const names = Array.from({ length: Number(values.runners) }, (_, i) => `chaos-${i}`);
  await Promise.all(names.map((name) => cluster.join({ name, slots: Number(values.slots) })));
  isSound = await run();
} finally {
  await cluster.stop(values.keep);
  if (values.keep) say(`kept: ${cluster.folder}`);
}
process.exitCode = isSound ? 0 : 1;

async function run(): Promise<boolean> {
  const ledger = join(cluster.folder, "effects.log");
  const settings = { env: { LEDGER: ledger }, concurrency: 16, timeout: "30s" };
  await cluster.deploy("work", functionSource, { ...settings, retry: { attempts: 3, backoff: "50ms" } });
  await cluster.deploy("once", functionSource, { ...settings, delivery: "atMostOnce" });
  const agent = new Agent({ connections: 32 });
  const calls = new Random(seed, "calls");
  const workload = new Workload(
    { url: cluster.url, key: cluster.adminKey, total: executions, lanes: 24, agent },
    () => calls.next(),
  );
  const sightings: Sighting[] = [];
  const over = new AbortController();
  const watching = watchEnds(cluster, sightings, over.signal);
  const limit = AbortSignal.timeout(3 * 3_600_000);
  const progress = () => workload.submissions.length / executions;
  const begun = performance.now();
  const telling = setInterval(() => {
    const done = workload.submissions.length;
    say(`${Math.round((performance.now() - begun) / 1000)} s: ${done} of ${executions} sent`);
  }, 10_000);
  let plantedOnes = 0;
  const isTime = (kill: number) => planted !== undefined && plantedOnes === 0 && kill >= kills / 3;
  /** What somebody was told of and saw end, sent without a key: its caller would ask for what is gone until it has an answer. */
  const candidates = () => {
    const keyless = new Set(workload.submissions.filter(({ key }) => key === null).flatMap(({ ids }) => ids));
    const seen = sightings.filter(({ id, status }) => status === "succeeded" && keyless.has(id));
    return [...new Set(seen.map(({ id }) => id))];
  };
  const before = async (kill: number) => {
    for (let waits = 0; isTime(kill) && candidates().length === 0 && waits < 600; waits++) await sleep(100);
  };
  const between = async (kill: number) => {
    if (planted === undefined || !isTime(kill)) return;
    if (await plant(cluster.database, planted, candidates())) plantedOnes += 1;
  };
  const mustStop = (kill: number) => isTime(kill) && kill === kills - 1;
  const onKill = (kill: number) => {
    workload.allowed = Math.ceil(((kill + 1) / kills) * executions);
  };
  try {
    const sending = workload.run(limit);
    const killed = await storm(
      cluster,
      { kills, progress, random, before, between, mustStop, onKill },
      limit,
    );
    workload.allowed = executions;
    const lastKill = performance.now();
    await sending;
    say(`killed: the gateway ${killed.gateway}, a runner ${killed.runner}, both ${killed.both} times`);
    const open = await drained(lastKill);
    say(`${open} not over ${Math.round((performance.now() - lastKill) / 1000)} s after the last kill`);
  } finally {
    clearInterval(telling);
    over.abort();
    await watching;
    await agent.close();
  }
  await cluster.stopGateway();
  return report(workload, ledger, sightings, performance.now() - begun, plantedOnes);
}

/** Waits until nothing is open, at most so long after the last kill as is promised; answers how many are. */
async function drained(lastKill: number): Promise<number> {
  for (;;) {
    const open = await openOnes(cluster).catch(() => Number.NaN);
    if (open === 0 || performance.now() - lastKill > stuckMs) return open;
    await sleep(500);
  }
}

async function report(
  workload: Workload,
  ledger: string,
  sightings: readonly Sighting[],
  wallMs: number,
  plantedOnes: number,
): Promise<boolean> {
  const { rows, integrity, foreignKeys } = await readRows(cluster.database);
  const verdict = classify({
    submissions: workload.submissions,
    effects: readEffects(ledger),
    rows,
    sightings,
  });
  const { findings, ...counts } = verdict;
  for (const finding of findings) say(`  ${finding}`);
  say(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  const share = verdict.duplicated / Math.max(1, rows.size);
  say(`duplicated ${(100 * share).toFixed(2)} % of ${rows.size} rows (at most 3 %), integrity: ${integrity}`);
  const isSound =
    verdict.lost === 0 &&
    verdict.unexpected === 0 &&
    share <= 0.03 &&
    integrity === "ok" &&
    foreignKeys === 0;
  say(`${isSound ? "sound" : "NOT SOUND"} after ${Math.round(wallMs / 1000)} s, seed ${seed}`);
  if (planted !== undefined) say(`planted: ${planted}, ${plantedOnes} times`);
  if (values.report !== undefined) {
    const said = {
      seed,
      kills,
      executions,
      wallMs,
      ...counts,
      integrity,
      planted: planted ?? null,
      plantedOnes,
      findings,
    };
    writeFileSync(values.report, `${JSON.stringify(said, null, 2)}\n`);
  }
  return isSound;
}
