import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { memoryOf } from "../platforms/memory.ts";
import type { World } from "../world.ts";

/** Runs `pass` and expects that neither the gateway nor the runner grew by more than `mostBytes` meanwhile. */
export async function expectFlatMemory<T>(
  { gateway, runner }: World,
  mostBytes: number,
  pass: () => Promise<T>,
): Promise<T> {
  const pids = [gateway, runner].flatMap((one) => one?.child.pid ?? []);
  const before = pids.map(memoryOf);
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const answer = await pass();
  for (const [at, pid] of pids.entries()) {
    const grown = memoryOf(pid).peak - (before[at]?.now ?? 0);
    expect(grown, `process ${pid} grew by ${grown / 1e6} MB`).toBeLessThan(mostBytes);
  }
  return answer;
}
