import { expect, test } from "vitest";
import { boundsSeconds, Tally } from "./tally.ts";

const held = { project: "default", pool: "default", kind: "function", dueAt: 1000, leftAt: 1040 };
const nobody = () => ({ up: 0, taking: 0, slots: 0, used: 0 });
const at = (seconds: number) => boundsSeconds.findIndex((bound) => seconds <= bound);

test("ends are counted by kind and status, attempts by their start, each pool for itself", () => {
  const tally = new Tally();
  for (const status of ["succeeded", "succeeded", "failed"]) tally.ended(held, status);
  tally.ended({ ...held, pool: "gpu", kind: "command" }, "lost");
  tally.attempted(held, { start: "cold", runMs: 90 });
  tally.attempted(held, { start: "warm" });
  tally.repeated(held, "retry");
  const { pools } = tally.read(nobody);
  expect(pools).toHaveLength(2);
  expect(pools[0]).toMatchObject({
    ends: [
      { kind: "function", status: "succeeded", count: 2 },
      { kind: "function", status: "failed", count: 1 },
    ],
    starts: [
      { start: "cold", count: 1 },
      { start: "warm", count: 1 },
    ],
    repeats: [{ why: "retry", count: 1 }],
  });
  expect(pools[1]).toMatchObject({ pool: "gpu", ends: [{ kind: "command", status: "lost", count: 1 }] });
});

test("times fall into the class whose bound they do not exceed, and beyond all bounds into the last", () => {
  const tally = new Tally();
  tally.attempted(held, { runMs: 100 });
  tally.attempted({ ...held, leftAt: null }, { runMs: 2_000_000 });
  tally.committed(3);
  const { pools, commits } = tally.read(nobody);
  const [waited] = pools[0]?.waited ?? [];
  const [ran] = pools[0]?.ran ?? [];
  // The second one left in the time of a hub before: how long it waited is not known.
  expect([waited?.counts[at(0.04)], waited?.sum]).toEqual([1, 0.04]);
  expect([ran?.counts[at(0.1)], ran?.counts.at(-1), ran?.sum]).toEqual([1, 1, 2000.1]);
  expect(commits.counts[at(0.003)]).toBe(1);
});

test("beyond 500 pools and as many ends of runs, the rest is counted together", () => {
  const tally = new Tally();
  for (let n = 0; n < 510; n++) {
    tally.ended({ ...held, pool: `p${n}` }, "succeeded");
    tally.runEnded(`project-${n}`, "succeeded");
  }
  const { pools, runs } = tally.read(nobody);
  expect(pools).toHaveLength(501);
  expect(pools.at(-1)).toMatchObject({ project: "", pool: "", ends: [{ count: 10 }] });
  expect(runs).toHaveLength(501);
  expect(runs.at(-1)).toEqual({ project: "", status: "succeeded", count: 10 });
});
