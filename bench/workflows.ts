import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { isTerminal } from "@pulse/schema/status";
import { memoryOf } from "../e2e/platforms/memory.ts";
import { until } from "../e2e/platforms/node.ts";
import { cpuOf, load, quantile } from "./measure.ts";
import { WorkflowBed } from "./workflow-bed.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    waiting: { type: "string", default: "10000" },
    seconds: { type: "string", default: "30" },
  },
});
const rounds = Number(values.rounds);
const chainSteps = 100;
const runnerCount = 4;
const [crowdRuns, crowdSteps] = [40, 25];
const say = (line: string) => process.stdout.write(`${line}\n`);
const ms = (of: readonly number[]) =>
  `p50 ${quantile(of, 0.5).toFixed(2)} p99 ${quantile(of, 0.99).toFixed(2)} ms`;

const bed = await WorkflowBed.start(runnerCount);
try {
  await measureDelays();
  await measureRate();
  await measureLarge();
  await measureWaiting();
} finally {
  await bed.stop();
}

/** From one step's end to the arrival of the next one's job, beside a call to the arrival of its job. */
async function measureDelays(): Promise<void> {
  const bare = bed.caller("/f/hello", "{}", { prefer: "respond-async" });
  for (const delivery of ["atLeastOnce", "atMostOnce"]) {
    await bed.save(
      nameOf(delivery),
      chain(chainSteps, () => "played-0", { delivery }),
    );
  }
  for (let i = 0; i < 50; i++) await dispatchOne();
  await chainDelays(nameOf("atMostOnce"));
  const seen = { bare: [] as number[], atLeastOnce: [] as number[], atMostOnce: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < chainSteps; i++) seen.bare.push(await dispatchOne());
    seen.atLeastOnce.push(...(await chainDelays(nameOf("atLeastOnce"))));
    seen.atMostOnce.push(...(await chainDelays(nameOf("atMostOnce"))));
  }
  bare.close();
  say(`a call to the arrival of its job             ${ms(seen.bare)}  yardstick`);
  for (const delivery of ["atLeastOnce", "atMostOnce"] as const) {
    const ratio = (share: number) =>
      (quantile(seen[delivery], share) / quantile(seen.bare, share)).toFixed(2);
    say(
      `end of a step to the next one's job, ${delivery.padEnd(11)} ${ms(seen[delivery])}  p50 ×${ratio(0.5)}, p99 ×${ratio(0.99)}`,
    );
  }

  async function dispatchOne(): Promise<number> {
    const count = bed.jobs.length;
    const begun = performance.now();
    await bare.call(202);
    await bed.arrived(count + 1);
    const took = (bed.jobs[count]?.arrivedAt ?? 0) - begun;
    await sleep(5);
    return took;
  }
}

/** The pauses between the jobs of one run of a chain. */
async function chainDelays(name: string): Promise<number[]> {
  const from = bed.jobs.length;
  await ended(await bed.run(name));
  const jobs = bed.jobs.slice(from);
  if (jobs.length !== chainSteps) throw new Error(`${jobs.length} jobs arrived, not ${chainSteps}`);
  return jobs.flatMap(({ arrivedAt }, i) => {
    const before = jobs[i - 1]?.endedAt;
    return before == null ? [] : [arrivedAt - before];
  });
}

/** Many runs at once, beside as many calls: how many steps a second, and what one costs the gateway. */
async function measureRate(): Promise<void> {
  const count = crowdRuns * crowdSteps;
  await bed.save(
    "crowd",
    chain(crowdSteps, (i) => `played-${i % runnerCount}`, {}),
  );
  const calls = bed.caller("/f/hello", "{}", { prefer: "respond-async" });
  const runs = bed.caller("/v1/workflows/crowd/executions");
  const total = { calls: emptyTotal(), steps: emptyTotal() };
  for (let round = 0; round < rounds; round++) {
    add(
      total.calls,
      await watched(() => load("calls", { count, concurrency: 32, pids: [] }, () => calls.call(202)), count),
    );
    add(
      total.steps,
      await watched(
        () => load("runs", { count: crowdRuns, concurrency: 8, pids: [] }, () => runs.call(202)),
        count,
      ),
    );
  }
  calls.close();
  runs.close();
  const perSecond = (one: Total) => (one.count / one.wallMs) * 1000;
  const row = (one: Total) =>
    `${perSecond(one).toFixed(0)}/s, gateway cpu ${((one.cpuMs / one.count) * 1000).toFixed(0)} µs, database: ` +
    `${(one.calls / one.count).toFixed(2)} calls with ${(one.statements / one.count).toFixed(2)} statements, ${(one.commits / one.count).toFixed(2)} commits`;
  say(`a call, ${count} at 32 at once, until all are done      ${row(total.calls)}  yardstick`);
  const ratio = (perSecond(total.steps) / perSecond(total.calls)).toFixed(2);
  say(
    `a step, ${crowdRuns} runs of ${crowdSteps} at once, until all are done   ${row(total.steps)}  ×${ratio}`,
  );
}

/** Long lists and wide loops. */
async function measureLarge(): Promise<void> {
  const steps = Array.from({ length: 200 }, (_, i) => ({
    id: `s${i}`,
    name: `Set ${i}`,
    type: "set",
    set: { n: `${i}` },
  }));
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const each = (maxParallel: number, inner: object) => ({
    steps: [
      {
        ...{
          id: "each",
          name: "Each",
          type: "foreach",
          items,
          as: "item",
        },
        ...{ maxParallel, maxItems: 1000, steps: [inner] },
      },
    ],
  });
  const command = { id: "one", name: "One", type: "execute", command: "true", targets: ["played-0"] };
  const set = { id: "one", name: "One", type: "set", set: { n: "item" } };
  const rows: [name: string, label: string, definition: unknown, count: number][] = [
    ["list", "200 steps without jobs", { steps }, 200],
    ["list-jobs", "200 steps with a job each", chain(200, (i) => `played-${i % runnerCount}`, {}), 200],
    ["wide", "foreach of 1,000 without jobs, 100 at once", each(100, set), 1000],
    ["wide-jobs", "foreach of 1,000 with a job each, 50 at once", each(50, command), 1000],
    ["wide-all", "foreach of 1,000 with a job each, all at once", each(1000, command), 1000],
  ];
  for (const [name, label, definition, count] of rows) {
    await bed.save(name, definition);
    const before = await bed.asked();
    const cpu = cpuOf(bed.gatewayPid);
    const begun = performance.now();
    const id = await bed.run(name);
    const answeredMs = Math.round(performance.now() - begun);
    // Without jobs all of it happens in the request that starts it.
    const tookMs = Math.max(await ended(id), answeredMs);
    const used = cpuOf(bed.gatewayPid) - cpu;
    const after = await bed.asked();
    const each = (key: "calls" | "statements" | "commits") => ((after[key] - before[key]) / count).toFixed(2);
    say(
      `${label.padEnd(46)} ${tookMs} ms, ${((count / tookMs) * 1000).toFixed(0)}/s, gateway cpu ${((used / count) * 1000).toFixed(0)} µs, ` +
        `database: ${each("calls")} calls with ${each("statements")} statements, ${each("commits")} commits each`,
    );
  }
}

/** What runs cost that wait for weeks: a gateway that was just started over none and over many of them. */
async function measureWaiting(): Promise<void> {
  const count = Number(values.waiting);
  await bed.save("month", { steps: [{ id: "nap", name: "Nap", type: "wait", duration: "30d" }] });
  await idle("0 runs wait");
  const start = bed.caller("/v1/workflows/month/executions");
  const begun = await load("start", { count, concurrency: 16, pids: [] }, () => start.call(202));
  start.close();
  say(
    `${count} runs were started in ${(begun.wallMs / 1000).toFixed(1)} s, ${((count / begun.wallMs) * 1000).toFixed(0)}/s`,
  );
  await idle(`${count} runs wait`);
}

async function idle(label: string): Promise<void> {
  const seconds = Number(values.seconds);
  await bed.world.crashGateway();
  await sleep(15_000);
  const [cpu, asked] = [cpuOf(bed.gatewayPid), await bed.asked()];
  await sleep(seconds * 1000);
  const used = cpuOf(bed.gatewayPid) - cpu;
  const statements = (await bed.asked()).statements - asked.statements;
  const { now } = memoryOf(bed.gatewayPid);
  say(
    `${label}, after a restart, for ${seconds} s: ${(now / 2 ** 20).toFixed(0)} MB, ${(used / (seconds * 10)).toFixed(2)} % of a core, ${statements} statements`,
  );
}

interface Total {
  count: number;
  wallMs: number;
  cpuMs: number;
  calls: number;
  statements: number;
  commits: number;
}

function emptyTotal(): Total {
  return { count: 0, wallMs: 0, cpuMs: 0, calls: 0, statements: 0, commits: 0 };
}

function add(to: Total, one: Total): void {
  for (const key of ["count", "wallMs", "cpuMs", "calls", "statements", "commits"] as const)
    to[key] += one[key];
}

/** What it took from the first call until `count` jobs have been ended. */
async function watched(start: () => Promise<unknown>, count: number): Promise<Total> {
  const [before, cpu, from] = [await bed.asked(), cpuOf(bed.gatewayPid), bed.jobs.length];
  const begun = performance.now();
  await start();
  await bed.arrived(from + count);
  const jobs = bed.jobs.slice(from, from + count);
  await until("all have ended", async () => (jobs.every(({ endedAt }) => endedAt !== null) ? true : null));
  const wallMs = Math.max(...jobs.map(({ endedAt }) => endedAt ?? 0)) - begun;
  // The last ends are still to be taken.
  await sleep(500);
  const after = await bed.asked();
  return {
    ...{ count, wallMs, cpuMs: cpuOf(bed.gatewayPid) - cpu },
    calls: after.calls - before.calls,
    statements: after.statements - before.statements,
    commits: after.commits - before.commits,
  };
}

/** Waits until a run has ended well; returns how long it took, ms, as the gateway wrote it down. */
async function ended(id: string): Promise<number> {
  const look = async () => {
    const view = await bed.world.execution(id);
    if (!isTerminal(view.status)) {
      await sleep(200);
      return null;
    }
    return view;
  };
  const { status, createdAt, endedAt } = await until(`run ${id} ends`, look, undefined, 300_000);
  if (status !== "succeeded") throw new Error(`run ${id} ended ${status}`);
  return Date.parse(endedAt ?? "") - Date.parse(createdAt);
}

/** Steps one after the other, each a command on one runner. */
function chain(count: number, runner: (i: number) => string, more: object): unknown {
  const step = (i: number) => ({
    ...{ id: `s${i}`, name: `Step ${i}`, type: "execute", command: "true", targets: [runner(i)] },
    ...more,
  });
  return { steps: Array.from({ length: count }, (_, i) => step(i)) };
}

function nameOf(delivery: string): string {
  return `chain-${delivery.toLowerCase()}`;
}
