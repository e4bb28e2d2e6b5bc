import type { RunnerMetrics } from "@pulse/schema/wire/runner-protocol";
import { sampleEveryMs, samplesKept } from "@pulse/schema/wire/runners";
import type { RunnerLive } from "../hub.ts";
import type { Fleet, Session } from "./fleet.ts";

/** Runners report when it suits their polls: one that comes a little early counts. */
const earlyMs = 2000;

/** Notes what a runner says of its machine: the latest, and a sample of it every half minute for half an hour. It is gone with the hub. */
export function noteMetrics(
  session: Pick<Session, "metrics" | "samples">,
  metrics: RunnerMetrics,
  now: number,
): void {
  session.metrics = metrics;
  const before = session.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  // A clock that was set back begins anew.
  if (now < before) session.samples = [];
  else if (now - before < sampleEveryMs - earlyMs) return;
  const memory = metrics.memTotal > 0 ? 1 - metrics.memFree / metrics.memTotal : 0;
  session.samples.push({ at: now, cpu: metrics.cpu, memory: rounded(memory), load: rounded(metrics.load1) });
  if (session.samples.length > samplesKept) session.samples.shift();
}

/** A runner as the control API shows it; the past of its machine and what it has warm only `inFull`. */
export function liveOf(session: Session, now: number, inFull: boolean): RunnerLive {
  const { seenAt, parked, held, metrics, record, samples, warm } = session;
  const { id, preparing, runtimes } = record;
  const lastSeenAt = parked === null ? seenAt : now;
  const live = { id, lastSeenAt, running: held.size, preparing, runtimes, metrics };
  return inFull ? { ...live, samples, warm: [...warm] } : live;
}

/** Those of these runners that are known here. */
export function livesOf(fleet: Fleet, ids: readonly string[], now: number, inFull: boolean): RunnerLive[] {
  return ids.flatMap((id) => {
    const session = fleet.get(id);
    return session === undefined ? [] : [liveOf(session, now, inFull)];
  });
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
