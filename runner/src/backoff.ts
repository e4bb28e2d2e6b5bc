import { ProblemError } from "@pulse/schema/problem";
import { type Clock, machineClock, sleep } from "./clock.ts";

const firstMs = 500;
const mostMs = 30_000;

/** The pause before try number `failures` (1 = after the first failure): full jitter, 0.5 s doubling to 30 s, at least `Retry-After`. */
export function pauseMs(failures: number, error: unknown, random: number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 10));
  const asked = error instanceof ProblemError ? (error.extras.retryAfter ?? 0) * 1000 : 0;
  return Math.max(asked, Math.round(random * ceiling));
}

/** Whether trying again may help: the gateway was out of reach (also: something else answered in its place), busy or broken, or what was sent was damaged on its way, not: it refused. */
export function mayPass(error: unknown): boolean {
  if (error instanceof DOMException && error.name === "TimeoutError") return true;
  if (!(error instanceof ProblemError)) return false;
  if (error.code === "digest_mismatch") return true;
  return error.status >= 500 || error.status === 429 || error.extras.foreign === true;
}

/** Repeats until it works or is refused for good; `onFailure` hears of every failure. Throws the signal's reason when it fires. */
export async function persist<T>(
  work: () => Promise<T>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
  clock: Clock = machineClock,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      onFailure(error);
      await sleep(clock, pauseMs(failures, error, clock.random()), signal);
    }
  }
}
