import { statfsSync } from "node:fs";
import { cpus, freemem, loadavg, totalmem } from "node:os";
import type { SyncRequest } from "@pulse/schema/wire/runner-protocol";

const everyMs = 15_000;

/** Samples the machine, at most every 15 s; between samples there is nothing to report. */
export function createMetrics(folder: string): () => SyncRequest["metrics"] {
  let last = { at: Number.NEGATIVE_INFINITY, busy: 0, all: 0 };
  return () => {
    const at = performance.now();
    if (at - last.at < everyMs) return undefined;
    let busy = 0;
    let all = 0;
    for (const { times } of cpus()) {
      const sum = times.user + times.nice + times.sys + times.irq;
      busy += sum;
      all += sum + times.idle;
    }
    const cpu = all > last.all ? (busy - last.busy) / (all - last.all) : 0;
    last = { at, busy, all };
    const disk = statfsSync(folder);
    return {
      cpu: Math.round(cpu * 1000) / 1000,
      memFree: freemem(),
      memTotal: totalmem(),
      load1: loadavg()[0] ?? 0,
      diskFree: disk.bavail * disk.bsize,
    };
  };
}
