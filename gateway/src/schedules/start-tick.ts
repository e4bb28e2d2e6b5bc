import { ProblemError } from "@pulse/schema/problem";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { cancelRunning } from "./cancel-running.ts";
import { noteStart } from "./note-start.ts";
import { startTarget } from "./start-target.ts";
import type { ScheduleRow } from "./store.ts";
import { createTickStore, type TickRow } from "./tick-store.ts";
import { onTimeMs } from "./ticks/due-ticks.ts";
import { decide } from "./ticks/overlap.ts";
import { traceTick } from "./trace-tick.ts";

/** What starting needs. */
export interface StartDeps {
  ports: Ports;
  hub: Hub;
  publicUrl: string;
}

/** A try that was begun and of which nothing is known is made again after this. */
const claimMs = 20_000;
/** What waits for an execution looks so often whether it has ended. */
const lookMs = 2000;
const firstRetryMs = 1000;
const longestRetryMs = 300_000;
/** A fault that passes is waited for so long at least. */
const patienceMs = 600_000;

/** Sees to a tick whose time has come: starts what it is for, at most once however often it is tried, or writes why not. */
export async function startTick(deps: StartDeps, now: ScheduleRow, tick: TickRow): Promise<void> {
  const { ports } = deps;
  const store = createTickStore(ports.database);
  // Its target is that of when it came, whatever its schedule starts by now.
  const schedule = { ...now, target: tick.target ?? now.target };
  const settle = (values: Partial<TickRow>) => store.settle(tick, values, ports.now());
  if (isPaused(schedule, tick)) {
    await settle({ status: "skipped", reason: "the schedule was paused before it started" });
    return;
  }
  const overlap = tick.overlap ?? schedule.overlap;
  if (isTooLate(schedule, tick, ports.now())) {
    await settle({ status: "missed", reason: "nobody started it until its catch-up window was over" });
    return;
  }
  if (tick.status !== "starting") {
    const decision = decide(overlap, await store.around(tick));
    if (decision.do === "skip") {
      await settle({ status: "skipped", reason: decision.reason });
      return;
    }
    if (decision.do === "cancel") {
      await store.dropBuffered(tick, "a later tick took its place", ports.now());
      await cancelRunning(deps, schedule, await store.running(schedule.id));
    }
    if (decision.do !== "start") {
      await settle({ status: "buffered", nextAt: ports.now() + lookMs });
      return;
    }
  }
  // Somebody else has it, or has just started another one: whoever it is writes what becomes of it.
  if (!(await store.claim(tick, ports.now() + claimMs, overlap === "allow"))) return;
  await startClaimed(deps, schedule, { ...tick, status: "starting", tries: tick.tries + 1 });
}

async function startClaimed(deps: StartDeps, schedule: ScheduleRow, tick: TickRow): Promise<void> {
  const { ports } = deps;
  const store = createTickStore(ports.database);
  const span = traceTick(ports, schedule, tick);
  let executionId: string;
  try {
    executionId = await startTarget(deps, schedule, { ...tick, traceparent: span.traceparent });
    span.started(executionId);
  } catch (error) {
    const after = afterFault(error, schedule, tick, ports.now());
    span.failed(after.status ?? tick.status, error);
    await store.settle(tick, after, ports.now());
    if (after.status !== "failed") return;
    ports.log.warn("a schedule could not start what it is for", { schedule: schedule.id, tick: tick.id });
    noteStart(ports, schedule, tick, error);
    return;
  }
  const startedAt = ports.now();
  await store.settle(
    tick,
    { status: "started", executionId, isOpen: true, startedAt, reason: null },
    startedAt,
  );
  noteStart(ports, schedule, { ...tick, executionId }, null);
}

/** What came by itself does not start while its schedule is paused; what may have started already is looked at to its end. */
function isPaused({ enabled }: ScheduleRow, { by, status, reason }: TickRow): boolean {
  return !enabled && by === null && (status !== "starting" || reason !== null);
}

/** What was to start long ago and was never tried: nobody was there. What waits behind another execution is never too late. */
function isTooLate({ catchupMs }: ScheduleRow, { status, by, tries, nextAt }: TickRow, now: number): boolean {
  return status === "waiting" && by === null && tries === 0 && now - nextAt > Math.max(catchupMs, onTimeMs);
}

function afterFault(
  error: unknown,
  { catchupMs }: ScheduleRow,
  tick: TickRow,
  now: number,
): Partial<TickRow> {
  const isOurs = error instanceof ProblemError;
  const reason = isOurs ? error.message : "something went wrong on our side";
  const isPassing =
    !isOurs ||
    (error.status >= 500 && error.code !== "loop_detected") ||
    error.status === 429 ||
    error.code === "version_not_ready";
  if (!isPassing || now - tick.at > Math.max(catchupMs, patienceMs)) return { status: "failed", reason };
  const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(tick.tries, 20));
  // It stays where it is in the order: nothing else of its schedule starts before.
  return { reason, nextAt: now + delay };
}
