import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import type { BuildEnd, Place } from "./dispatch/floor.ts";
import type { Directory } from "./dispatch/sessions.ts";
import type { WarmWants } from "./dispatch/warmth.ts";
import type { Hub } from "./hub.ts";
import type { Ports } from "./ports.ts";
import { ScheduleKeeper } from "./schedules/keeper.ts";
import { WorkflowKeeper } from "./workflows/runs/keeper.ts";
import type { Outside } from "./workflows/runs/outside.ts";

export type { BuildEnd, Directory, Place };

/** The stateful half of the gateway. */
export interface Core {
  hub: Hub;
  /** Reads what the last hub left in the rows, then ticks by itself. */
  start(): Promise<void>;
  /** Does what is due now; returns when the next thing is due (epoch ms), or null. The timer calls it; tests may too. */
  tick(): Promise<number | null>;
  /** Hands out nothing new and resolves when no caller waits for running work any longer, or when the signal fires. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends every wait and the timer. */
  stop(): void;
}

/** Wakes what the platform has put away. */
export interface Alarm {
  /** Something is to be done at this time (epoch ms). */
  set(ms: number): void;
  /** How soon what was begun is looked at again, should whoever began it be gone. */
  leftAfterMs: number;
}

const longestSleepMs = 3_600_000;
const drainLookMs = 50;
/** Up to here timers are set, also where the platform has an alarm. */
const nearMs = 60_000;
const retryTickMs = 1000;

/**
 * Makes the stateful half. `bootGraceMs` is 75 s on Node, where runners must first find the restarted process, 0 on Workers. `place` tells of
 * the others where there are several; without it, this one serves every pool.
 */
export function createCore(options: {
  ports: Ports;
  directory: Directory;
  onBuildEnded: (end: BuildEnd) => Promise<void>;
  bootGraceMs?: number;
  place?: Place;
  /** What functions want warm; without it, nothing is. */
  warmWants?: WarmWants;
  /** Makes the world of workflows over the hub; without it, their runs are not moved here. */
  workflows?: (hub: Hub) => Outside;
  /** Where what schedules start goes, over the hub; without it, none is seen to here. */
  schedules?: (hub: Hub) => { hub: Hub; publicUrl: string };
  /** Serves what this project has in common: its workflows and schedules, and nothing of any pool. */
  commonOf?: string;
  /** What wakes it where the platform may put it away: far times have no timer. */
  alarm?: Alarm;
}): Core {
  const { ports, commonOf = null, alarm } = options;
  let wakeAtMs: number | null = null;
  let cancelTimer = (): void => undefined;
  let ticking: Promise<number | null> | null = null;
  let stopped = false;

  const place = options.place ?? { only: null, onChanged: () => undefined };
  const dispatcher: Dispatcher = new Dispatcher({
    ports,
    directory: options.directory,
    onBuildEnded: options.onBuildEnded,
    bootGraceMs: options.bootGraceMs ?? leaseNumbers.bootGraceMs,
    place: {
      only: place.only,
      onChanged(project, isStep) {
        place.onChanged(project, isStep);
        if (isStep) keeper?.stepEnded();
      },
      onTold() {
        keeper?.look();
        scheduler?.look();
      },
    },
    warmWants: options.warmWants ?? (async () => []),
    wakeAt,
  });
  const outside = options.workflows?.(dispatcher);
  const onWritten = (project: string) => {
    place.onChanged(project, false);
    ports.background(dispatcher.changed({ project, quiet: true }));
  };
  const onLook = () => alarm?.set(ports.now() + alarm.leftAfterMs);
  const keeper =
    outside === undefined
      ? null
      : new WorkflowKeeper({ ports, outside, wakeAt, onWritten, onLook, project: commonOf });
  const starting = options.schedules?.(dispatcher);
  const watchesClock = alarm === undefined;
  const scheduler =
    starting === undefined
      ? null
      : new ScheduleKeeper({ ports, starting, wakeAt, onWritten, project: commonOf, watchesClock });

  function wakeAt(ms: number): void {
    if (stopped || (wakeAtMs !== null && wakeAtMs <= ms)) return;
    cancelTimer();
    alarm?.set(ms);
    const until = Math.max(0, ms - ports.now());
    wakeAtMs = alarm !== undefined && until > nearMs ? null : ms;
    // A timer would keep the platform from putting it away.
    if (wakeAtMs === null) return;
    const delay = Math.min(longestSleepMs, until);
    cancelTimer = ports.timer(delay, () => {
      wakeAtMs = null;
      ports.background(tick());
    });
  }

  async function tick(): Promise<number | null> {
    if (commonOf === null) {
      ticking ??= timed(dispatcher.tick()).finally(() => {
        ticking = null;
      });
    }
    // None waits for the others: a workflow that hands in a thousand jobs keeps no lease from ending.
    const times = await Promise.all([
      ticking,
      keeper === null ? null : timed(keeper.tick()),
      scheduler === null ? null : timed(scheduler.tick()),
    ]);
    const set = times.filter((time) => time !== null);
    return set.length === 0 ? null : Math.min(...set);
  }

  async function timed(work: Promise<number | null>): Promise<number | null> {
    try {
      const next = await work;
      if (next !== null) wakeAt(next);
      return next;
    } catch (error) {
      // The database did not answer, say: what is due stays due.
      wakeAt(ports.now() + retryTickMs);
      throw error;
    }
  }

  return {
    hub: dispatcher,
    async start() {
      if (commonOf === null) await dispatcher.recover();
      keeper?.look();
      scheduler?.look();
    },
    tick,
    async drain(signal) {
      dispatcher.drain();
      while (dispatcher.waitedFor > 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          ports.timer(drainLookMs, resolve);
        });
      }
    },
    stop() {
      stopped = true;
      cancelTimer();
      keeper?.stop();
      scheduler?.stop();
      dispatcher.stop();
    },
  };
}
