import { ProblemError } from "@pulse/schema/problem";
import { type Clock, sleep } from "./clock.ts";

const firstMs = 500;
const mostMs = 30_000;

/** The pause before try number `failures` + 1: full jitter, 0.5 s doubling to 30 s, at least the answer's `Retry-After`. */
export function pauseMs(failures: number, error: unknown, random: number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(Math.max(0, failures - 1), 10));
  const asked = error instanceof ProblemError ? (error.extras.retryAfter ?? 0) * 1000 : 0;
  return Math.max(asked, Math.round(random * ceiling));
}

/** Whether trying again may help: the gateway was out of reach, busy or broken, not: it refused. */
export function mayPass(error: unknown): boolean {
  return error instanceof ProblemError && (error.status >= 500 || error.status === 429);
}

const endings: ReadonlySet<string> = new Set([
  "session_superseded",
  "invalid_credential",
  "runner_too_old",
  "protocol_unsupported",
]);

/** Whether the gateway has said that this process is done for: another took over, or it was revoked, or it is too old. */
export function endsRunner(error: unknown): error is ProblemError {
  return error instanceof ProblemError && endings.has(error.code);
}

/** Repeats until it works or is refused for good; `onFailure` hears of every failure. Throws the signal's reason when it fires. */
export async function persist<T>(
  work: () => Promise<T>,
  options: { clock: Clock; onFailure: (error: unknown, failures: number) => void; signal: AbortSignal },
): Promise<T> {
  const { clock, onFailure, signal } = options;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      onFailure(error, failures);
      await sleep(clock, pauseMs(failures, error, clock.random()), signal);
    }
  }
}
