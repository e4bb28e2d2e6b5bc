import { performance } from "node:perf_hooks";
import { Tally } from "../gateway/src/dispatch/tally.ts";

/** What counting one call costs the dispatcher: an attempt, its end and its share of a commit; prints nanoseconds a call, the median of nine rounds. */
const calls = 200_000;
const pools = Array.from({ length: 8 }, (_, n) => ({
  ...{ project: "default", pool: `pool-${n}`, kind: "function" },
  ...{ dueAt: 1000, leftAt: 1002 },
}));
const timing = { runMs: 3.2, start: "warm" };
const tally = new Tally();
const rounds: number[] = [];
for (let round = 0; round < 10; round++) {
  const from = performance.now();
  for (let n = 0; n < calls; n++) {
    const held = pools[n % pools.length];
    if (held === undefined) throw new Error("there is no such pool");
    tally.attempted(held, timing);
    tally.ended(held, "succeeded");
    tally.committed(1);
  }
  rounds.push(((performance.now() - from) / calls) * 1e6);
}
const [, ...warm] = rounds;
const median = warm.sort((a, b) => a - b)[4] ?? 0;
process.stdout.write(`counting a call: ${median.toFixed(0)} ns\n`);
