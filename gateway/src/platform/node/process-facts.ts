import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessFacts } from "../../ports.ts";

const resolutionMs = 20;

/** Tells what this process uses; lateness is measured from the first call on, and anew after each. */
export function processFacts(): () => ProcessFacts {
  const startedAt = Date.now() - process.uptime() * 1000;
  let lag: ReturnType<typeof monitorEventLoopDelay> | null = null;
  return () => {
    const isFirst = lag === null;
    lag ??= monitorEventLoopDelay({ resolution: resolutionMs });
    if (isFirst) lag.enable();
    // The delay between two looks holds the time between them, in nanoseconds.
    const p99 = lag.percentile(99) / 1e9 - resolutionMs / 1000;
    lag.reset();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      ...{ startedAt, cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed },
      ...{ openFds: openFds(), maxFds: maxFds(), loopLagSeconds: isFirst ? null : Math.max(0, p99) },
    };
  };
}

function openFds(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

function maxFds(): number | null {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found?.[1] === undefined ? null : Number(found[1]);
  } catch {
    return null;
  }
}
