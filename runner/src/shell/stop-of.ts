const timerMostMs = 2 ** 31 - 1;

/** Resolves when the command is to be stopped, to why. */
export function stopOf(leftMs: number, signal: AbortSignal) {
  const { promise: asked, resolve } = Promise.withResolvers<"timed_out" | "cancelled">();
  const timer = setTimeout(() => resolve("timed_out"), Math.min(Math.max(leftMs, 0), timerMostMs));
  const cancel = () => resolve("cancelled");
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const clear = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  };
  return { asked, clear };
}
