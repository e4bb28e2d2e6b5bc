import { beforeAll, describe, expect, test } from "vitest";
import { SimDatabase } from "./database.ts";
import { plants } from "./planted.ts";
import { runSeed } from "./run-seed.ts";
import { shrink } from "./shrink.ts";

const plentyMs = 180_000;

let database: SimDatabase;
beforeAll(async () => {
  database = await SimDatabase.open();
});

/** The first of these seeds that fails with the bug in, or null. */
async function firstFailing(name: string, seedsMost: number) {
  const plant = plants.find((one) => one.name === name);
  if (plant === undefined) throw new Error(`no bug is called "${name}"`);
  const { from = 1 } = plant;
  for (let seed = from; seed < from + seedsMost; seed++) {
    const { violations } = await runSeed(database, { seed, plant });
    if (violations.length > 0) return { seed, plant, check: violations[0]?.check ?? "" };
  }
  return null;
}

test("a seed happens the same way every time", { timeout: plentyMs }, async () => {
  for (const seed of [11, 12, 13]) {
    const [one, other] = [
      await runSeed(database, { seed, keepsTrace: true }),
      await runSeed(database, { seed, keepsTrace: true }),
    ];
    expect(other.lines).toEqual(one.lines);
    expect(other.digest).toBe(one.digest);
  }
});

test("another seed happens another way", { timeout: plentyMs }, async () => {
  const digests = new Set<string>();
  for (const seed of [21, 22, 23, 24]) digests.add((await runSeed(database, { seed })).digest);
  expect(digests.size).toBe(4);
});

test("forty seeds keep every promise, and see every kind of trouble", { timeout: plentyMs }, async () => {
  const counts = new Map<string, number>();
  for (let seed = 1; seed <= 40; seed++) {
    const result = await runSeed(database, { seed });
    expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
    for (const [what, count] of Object.entries(result.counts)) {
      counts.set(what, (counts.get(what) ?? 0) + count);
    }
  }
  const seen = ["gateway crash", "runner crash", "one-way cut", "runner clone", "runner freeze", "losses"];
  for (const what of [...seen, "redeliveries", "retries", "cancels", "outcomes refused by the fence"]) {
    expect(counts.get(what), what).toBeGreaterThan(0);
  }
});

test.each([
  [3022, "a claim that is answered late brings back nothing that was read from its row and given back"],
  [3460, "a job begins once what ran of it under an older fence is over"],
  [4018, "what was handed out under a cap waits when its row is made too late"],
  [5061, "what has a cap is handed out by the rows after an unanswered write"],
  [10521, "and so it is after a crash"],
])("seed %d, which has found a bug, is well: %s", { timeout: plentyMs }, async (seed) => {
  expect((await runSeed(database, { seed })).violations).toEqual([]);
});

describe("a bug that is put in is found", () => {
  test.each(plants.map(({ name }) => [name]))("%s", { timeout: plentyMs }, async (name) => {
    expect(await firstFailing(name, 100)).not.toBeNull();
  });

  test("a failing seed names the faults that it needs", { timeout: plentyMs }, async () => {
    const failing = await firstFailing("a completion is answered before it is on disk", 60);
    if (failing === null) throw new Error("it was not found");
    const { kinds } = await runSeed(database, { seed: failing.seed });
    const needed = await shrink(database, failing.seed, failing.check, failing.plant);
    expect(needed.length).toBeLessThanOrEqual(kinds.length);
    expect(kinds).toEqual(expect.arrayContaining(needed));
  });
});
