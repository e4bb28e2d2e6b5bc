import type { Ports } from "../ports.ts";

const soonestMs = 1000;
const longestMs = 600_000;

/** Looks for what is due, for as long as the process lives. */
export interface Looking {
  /** There is something new that becomes due. */
  added(): void;
  stop(): void;
}

/**
 * Starts with what an older process left behind. `look` does what is due and returns when the next thing is (epoch ms): null, and nothing is asked
 * again until something is added.
 */
export function keepLooking(
  ports: Pick<Ports, "now" | "timer" | "background">,
  look: () => Promise<number | null>,
): Looking {
  let cancel = (): void => undefined;
  let stopped = false;
  let wakeAt = Number.POSITIVE_INFINITY;
  const after = (ms: number) => {
    if (stopped || ports.now() + ms >= wakeAt) return;
    cancel();
    wakeAt = ports.now() + ms;
    cancel = ports.timer(ms, () => {
      wakeAt = Number.POSITIVE_INFINITY;
      ports.background(lookNow());
    });
  };
  const lookNow = async () => {
    try {
      const nextAt = await look();
      if (nextAt !== null) after(Math.min(longestMs, Math.max(soonestMs, nextAt - ports.now())));
    } catch (error) {
      after(longestMs / 60);
      throw error;
    }
  };
  after(soonestMs);
  return {
    added: () => after(soonestMs),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
