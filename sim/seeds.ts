import { Worker } from "node:worker_threads";
import type { SeedResult } from "./run-seed.ts";

/** Seeds that a thread runs, every `stride`-th. */
export interface Portion {
  from: number;
  to: number;
  stride: number;
  /** A planted bug by its place in the list; null: none. The portion ends with the first seed that fails. */
  plant: number | null;
  stepsMost: number | null;
}

/** What a thread tells of a seed. */
export type SeedReport = Omit<SeedResult, "lines">;

/** Runs seeds on threads of their own; `onSeed` hears of each as it ends, in no order. */
export async function runSeeds(
  all: Omit<Portion, "stride">,
  threads: number,
  onSeed: (report: SeedReport) => void,
): Promise<void> {
  const portions = Array.from({ length: threads }, (_, i) => ({
    ...all,
    from: all.from + i,
    stride: threads,
  }));
  await Promise.all(portions.map((portion) => runPortion(portion, onSeed)));
}

function runPortion(portion: Portion, onSeed: (report: SeedReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("seeds-thread.ts", import.meta.url), { workerData: portion });
    worker.on("message", (report: SeedReport) => onSeed(report));
    worker.once("error", reject);
    worker.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a thread of the simulation ended with code ${code}`));
    });
  });
}
