import type { SimDatabase } from "./database.ts";
import type { FaultKind } from "./faults.ts";
import type { Plant } from "./planted.ts";
import { runSeed } from "./run-seed.ts";

/** Leaves out one kind of fault after another while the seed still fails the same check; resolves to the kinds that it needs. */
export async function shrink(
  database: SimDatabase,
  seed: number,
  check: string,
  plant: Plant | null = null,
): Promise<FaultKind[]> {
  const without = new Set<FaultKind>();
  const { kinds } = await runSeed(database, { seed, plant });
  for (const kind of kinds) {
    without.add(kind);
    const { violations } = await runSeed(database, { seed, plant, without });
    if (!violations.some((one) => one.check === check)) without.delete(kind);
  }
  return kinds.filter((kind) => !without.has(kind));
}
