import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tracedCalls } from "./trace.ts";

/** Why nothing can be recorded here; null: it can. */
export function whyNotRecorded(): string | null {
  const tried = spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (tried.error !== undefined) return "strace is not installed";
  return tried.status === 0 ? null : `strace cannot be used: ${tried.stderr.trim().split("\n")[0]}`;
}

/** What goes before a command to have its calls recorded in a file. The recorded process is the direct child. */
export function recordedInto(file: string): string[] {
  const options = ["-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", String(2 ** 22), "-o", file];
  return ["strace", ...options, "-e", `trace=${tracedCalls.join(",")}`, "-e", "signal=none"];
}

/** So that a process does not write around the calls that are recorded. */
export const recordedEnv = { UV_USE_IO_URING: "0" };

/** Resolves when the recording of a process that has ended is complete. */
export async function recordingEnds(file: string, pid: number): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isEnded(file, pid)) {
    if (performance.now() > end) throw new Error(`${file} has no end of process ${pid}`);
    await sleep(50);
  }
}

function isEnded(file: string, pid: number): boolean {
  const opened = openSync(file, "r");
  try {
    const tail = Buffer.alloc(10_000);
    const bytes = readSync(opened, tail, 0, tail.length, Math.max(0, fstatSync(opened).size - tail.length));
    return new RegExp(`^${pid} +\\+\\+\\+ (exited|killed)`, "m").test(tail.toString("latin1", 0, bytes));
  } finally {
    closeSync(opened);
  }
}

/** Where a recorded cluster's gateway keeps its files, and what recorded it. */
export const recordingOf = (folder: string) => ({
  dataDir: join(folder, "gateway"),
  trace: join(folder, "gateway.trace"),
});
