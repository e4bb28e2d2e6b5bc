import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import { start } from "@pulse/schema/wire/runner-protocol";
import { persist } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Link } from "./link.ts";

/** The gate of at-most-once work: nothing runs before the gateway said so, however often it must be asked. Null: it did not. */
export async function askToStart(
  job: Job,
  by: { link: Pick<Link, "call">; clock: Clock; instanceId: string; warn: (line: string) => void },
  signal: AbortSignal,
): Promise<Job | null> {
  const { link, clock, instanceId, warn } = by;
  const { execution, fence } = job;
  const ask = () => link.call(start, { params: { id: execution }, fence, body: { instanceId }, signal });
  const tell = (error: unknown) => warn(`${execution} not started yet: ${String(error)}`);
  try {
    const { timeoutMs } = await persist(ask, tell, signal, clock);
    return { ...job, timeoutMs };
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof ProblemError && (error.code === "fenced" || error.code === "cancelled")) return null;
    throw error;
  }
}
