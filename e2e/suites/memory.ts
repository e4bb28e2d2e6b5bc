import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import type { World } from "../world.ts";

/** Memory of a process, bytes: resident now, and its highest mark since that was reset. */
function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
}

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
