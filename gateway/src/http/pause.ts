import type { Ports } from "../ports.ts";

/** Resolves after a while, or at once when the signal fires. */
export function pause(ports: Pick<Ports, "timer">, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stopTimer();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const stopTimer = ports.timer(ms, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
