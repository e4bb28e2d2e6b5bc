import { parentPort, workerData } from "node:worker_threads";
import { SimDatabase } from "./database.ts";
import { plants } from "./planted.ts";
import { runSeed } from "./run-seed.ts";
import type { Portion } from "./seeds.ts";

// Given by `runSeeds` alone.
const { from, to, stride, plant, stepsMost } = workerData as Portion;
const planted = plant === null ? null : (plants[plant] ?? null);
const database = await SimDatabase.open();
for (let seed = from; seed <= to; seed += stride) {
  const options = { seed, plant: planted, ...(stepsMost === null ? {} : { stepsMost }) };
  const { lines: _lines, ...report } = await runSeed(database, options);
  parentPort?.postMessage(report);
  if (planted !== null && report.violations.length > 0) break;
}
