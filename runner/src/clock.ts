/** Time and chance as the runner's protocol takes them: of this machine, or of a simulation. */
export interface Clock {
  /** Milliseconds that only ever grow, whatever is done to the wall clock. */
  now(): number;
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back when what is due now has run. */
  soon(callback: () => void): void;
  /** In [0, 1). */
  random(): number;
}

/** The clock of this machine; what waits for it keeps the process alive. */
export const machineClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
  random: () => Math.random(),
};

/** Resolves after `ms`; rejects with the signal's reason when it fires before. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** A signal that fires after `ms` as `AbortSignal.timeout` does, or with any of `others`. */
export function timeLimit(clock: Clock, ms: number, ...others: AbortSignal[]): AbortSignal {
  const bound = new AbortController();
  const late = () =>
    bound.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  const cancel = clock.after(ms, late);
  const signal = AbortSignal.any([bound.signal, ...others]);
  signal.addEventListener("abort", cancel, { once: true });
  return signal;
}
