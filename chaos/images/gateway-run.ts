import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cancelExecution } from "@pulse/schema/wire/executions";
import { Agent } from "undici";
import { Random } from "../../sim/random.ts";
import type { FinalRow } from "../classify.ts";
import { Cluster } from "../cluster.ts";
import { functionSource } from "../effects.ts";
import { readRows } from "../rows.ts";
import { openOnes } from "../watch.ts";
import { Workload } from "../workload.ts";
import type { Recorded } from "./finding.ts";
import { recordedEnv, recordedInto, recordingEnds, recordingOf } from "./record.ts";

const weaken = fileURLToPath(new URL("./weaken.ts", import.meta.url));
const drainMs = 60_000;
/** Between them a version is deployed. */
const rounds = 4;

/** A gateway that worked while everything it did to its disk was recorded, and has ended. */
export interface RecordedGateway extends Recorded {
  /** Its executions as they are at the end. */
  rows: Map<string, FinalRow>;
}

/** Records a gateway with a runner: calls of all kinds, cancellations, deploys. `isWeak`: its commits do not wait for the disk. */
export async function recordGateway(
  executions: number,
  seed: number,
  isWeak: boolean,
): Promise<RecordedGateway> {
  const cluster = await Cluster.start((folder) => ({
    within: recordedInto(recordingOf(folder).trace),
    env: {
      ...recordedEnv,
      PULSE_DISK_RESERVE_MB: "0",
      ...(isWeak ? { NODE_OPTIONS: `--import ${weaken}` } : {}),
    },
  }));
  const { dataDir, trace } = recordingOf(cluster.folder);
  const agent = new Agent({ connections: 8 });
  try {
    await cluster.join({ name: "recorded", slots: 4 });
    await work(cluster, agent, executions, seed);
    const pid = cluster.gatewayPid;
    await cluster.stop(true);
    await recordingEnds(trace, pid);
    // Whoever opens the files changes them: a copy is read.
    const copy = join(cluster.folder, "copy");
    cpSync(dataDir, copy, { recursive: true });
    const { rows } = await readRows(join(copy, "pulse.db"));
    return { folder: dataDir, trace, rows, remove: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  } finally {
    await agent.close();
  }
}

async function work(cluster: Cluster, agent: Agent, total: number, seed: number): Promise<void> {
  const settings = { env: { LEDGER: "/dev/null" }, concurrency: 8 };
  const deploy = (round: number) =>
    cluster.deploy("work", `${functionSource}// round ${round}\n`, {
      ...settings,
      retry: { attempts: 3, backoff: "50ms" },
    });
  await deploy(0);
  await cluster.deploy("once", functionSource, { ...settings, delivery: "atMostOnce" });
  const dice = new Random(seed, "recorded calls");
  const options = { url: cluster.url, key: cluster.adminKey, total, lanes: 8, agent };
  const workload = new Workload(options, () => dice.next());
  const limit = AbortSignal.timeout(300_000);
  const sending = workload.run(limit);
  for (let round = 1; round <= rounds; round++) {
    workload.allowed = Math.ceil((total * round) / rounds);
    while (workload.submissions.length < workload.allowed) await sleep(10);
    await cancelSome(cluster, workload, limit);
    if (round < rounds) await deploy(round);
  }
  await sending;
  const end = performance.now() + drainMs;
  while ((await openOnes(cluster)) > 0) {
    if (performance.now() > end) throw new Error("the recorded gateway does not come to an end of its work");
    await sleep(100);
  }
}

/** Some of what came last is cancelled, whether it has ended or not. */
async function cancelSome(cluster: Cluster, workload: Workload, signal: AbortSignal): Promise<void> {
  const last = workload.submissions.slice(-3).flatMap(({ ids }) => ids);
  for (const id of last) {
    await cluster.client.call(cancelExecution, { params: { id }, signal }).catch(() => undefined);
  }
}
