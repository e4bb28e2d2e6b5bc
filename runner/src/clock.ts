/** Time and chance, given to whatever waits, so that tests need not wait. */
export interface Clock {
  /** Epoch milliseconds, as this machine believes. */
  now(): number;
  /** Milliseconds that only ever grow, whatever happens to the wall clock. */
  monotonic(): number;
  /** Calls back once after `ms`; returns what prevents it. */
  timer(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Waits; rejects with the signal's reason when it fires first. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    const stop = clock.timer(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** A signal that fires with `signal`, or with `reason` after `ms`; `clear` ends both. */
export function deadline(
  clock: Clock,
  ms: number,
  reason: () => unknown,
  signal: AbortSignal,
): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  const stop = clock.timer(ms, () => controller.abort(reason()));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      stop();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
