import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import { Cluster } from "../chaos/cluster.ts";
import { memoryOf } from "../e2e/platforms/memory.ts";
import { cpuOf, quantile } from "./measure.ts";
import { PlayedRunner } from "./played-runner.ts";

const { values } = parseArgs({
  options: { runners: { type: "string", default: "1000" }, seconds: { type: "string", default: "60" } },
});
const total = Number(values.runners);
const seconds = Number(values.seconds);
const few = 10;
const say = (line: string) => process.stdout.write(`${line}\n`);
const mega = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
const ms = (values: readonly number[], share: number) => quantile(values, share).toFixed(2);

const cluster = await Cluster.start();
const runners: PlayedRunner[] = [];
/** When each job arrived at a runner, by execution. */
const arrived = new Map<string, number>();
try {
  await measure();
} finally {
  await Promise.all(runners.map((runner) => runner.leave()));
  await cluster.stop();
}

/** Bytes that a process has had written to storage. */
function writtenBy(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0);
}

async function measure(): Promise<void> {
  await cluster.join({ name: "builder", slots: 1 });
  await cluster.deploy("hello", "export const handler = () => 1;", {});
  await cluster.killRunner("builder");
  await enrol(few);
  await sleep(50_000);
  const before = memoryOf(cluster.gatewayPid).now;
  const beside = await dispatch(100);
  say(`${few} parked: ${mega(before)} MB, hand-out p50 ${ms(beside, 0.5)} p99 ${ms(beside, 0.99)} ms`);

  await enrol(total - few);
  const parked = () => runners.filter(({ isParked }) => isParked).length;
  while (parked() < total) await sleep(200);
  await sleep(5000);
  const disk = writtenBy(cluster.gatewayPid);
  const cpu = cpuOf(cluster.gatewayPid);
  const synced = runners.reduce((sum, { syncs }) => sum + syncs, 0);
  await sleep(seconds * 1000);
  const after = memoryOf(cluster.gatewayPid).now;
  const polls = runners.reduce((sum, { syncs }) => sum + syncs, 0) - synced;
  const share = (cpuOf(cluster.gatewayPid) - cpu) / (seconds * 10);
  const written = writtenBy(cluster.gatewayPid) - disk;
  say(
    `${total} parked for ${seconds} s: ${mega(after)} MB, ${((after - before) / total / 1024).toFixed(1)} KiB a runner, ` +
      `${share.toFixed(1)} % of a core, ${polls} polls answered, ${(written / 1024).toFixed(0)} KiB written to disk`,
  );
  const full = await dispatch(100);
  const ratio = quantile(full, 0.5) / quantile(beside, 0.5);
  say(
    `${total} parked: hand-out p50 ${ms(full, 0.5)} p99 ${ms(full, 0.99)} ms, p50 ×${ratio.toFixed(2)} of that with ${few}`,
  );

  const failures = runners.map((runner) => runner.failures);
  await cluster.killGateway();
  const gone = performance.now();
  cluster.startGateway();
  await cluster.ready();
  const up = performance.now();
  const first = await dispatch(1);
  say(`restart: ready after ${Math.round(up - gone)} ms, first hand-out took ${ms(first, 0.5)} ms`);
  const back = () => runners.filter((one, i) => one.isParked && one.failures > (failures[i] ?? 0)).length;
  while (back() < total && performance.now() - up < 120_000) await sleep(100);
  const beside2 = await dispatch(100);
  say(
    `${back()} of ${total} parked again ${((performance.now() - up) / 1000).toFixed(1)} s after it, hand-out p50 ${ms(beside2, 0.5)} ms`,
  );
}

async function enrol(count: number): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000);
  let left = count;
  const lane = async () => {
    const body = { uses: 1000, expiresIn: "1h" } as never;
    const { token } = await cluster.client.call(createEnrolmentToken, { body, signal });
    while (left-- > 0) {
      const runner = await PlayedRunner.enrol(cluster.url, token, `played-${left}-${count}`, {
        onJob: ({ execution }) => arrived.set(execution, performance.now()),
      });
      runners.push(runner);
      void runner.live();
      if (runners.length % 1000 === 0) say(`${runners.length} enrolled`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

/** Milliseconds from a call's sending to its job's arrival at a runner, one call after the other. */
async function dispatch(count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    const response = await fetch(`${cluster.url}/f/hello`, {
      method: "POST",
      headers: { authorization: `Bearer ${cluster.adminKey}`, prefer: "respond-async" },
    });
    await response.arrayBuffer();
    const id = response.headers.get("pulse-execution-id");
    if (id === null) throw new Error(`the call was answered ${response.status}`);
    while (!arrived.has(id)) {
      if (performance.now() - begun > 60_000) throw new Error(`${id} reached no runner`);
      await sleep(0);
    }
    taken.push((arrived.get(id) ?? 0) - begun);
    await sleep(5);
  }
  return taken;
}
