import { ProblemError } from "@pulse/schema/problem";
import type { Hub, Invoked } from "../../hub.ts";
import { HubLost } from "./hub-message.ts";

/** How much longer than it asked for a call waits for the hub's answer. */
const slackMs = 20_000;
/** How long a call looks for its execution after the object went away. */
const rejoinMs = 15_000;
const longestPauseMs = 2000;

/**
 * A hub in a Durable Object that may be evicted while callers wait. Every wait has a deadline of its own besides the caller's
 * signal. A call whose object went away is looked for in the rows: it waits on where it was accepted, and is `unavailable`
 * where it was not. What the object itself refuses is refused.
 */
export function patientHub(hub: Hub): Hub {
  async function rejoin(id: string, until: number, lost: HubLost, signal: AbortSignal): Promise<Invoked> {
    const giveUpAt = Date.now() + rejoinMs;
    for (let pauseMs = 100; Date.now() < giveUpAt; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      await pause(pauseMs, signal);
      const waitMs = Math.max(0, until - Date.now());
      try {
        return await within(waitMs, signal, (both) => hub.wait({ id, waitMs }, both));
      } catch (error) {
        if (isUnavailable(error)) continue;
        const isUnknown = error instanceof ProblemError && error.code === "not_found";
        throw isUnknown ? lost : error;
      }
    }
    throw lost;
  }

  return {
    ...hub,
    async invoke(args, signal) {
      const until = Date.now() + args.waitMs;
      try {
        return await within(args.waitMs, signal, (both) => hub.invoke(args, both));
      } catch (error) {
        if (!(error instanceof HubLost)) throw error;
        return rejoin(args.execution.id, until, error, signal);
      }
    },
    async wait(args, signal) {
      const until = Date.now() + args.waitMs;
      try {
        return await within(args.waitMs, signal, (both) => hub.wait(args, both));
      } catch (error) {
        if (!(error instanceof HubLost)) throw error;
        return rejoin(args.id, until, error, signal);
      }
    },
    watchLogs: (args, signal) => within(args.waitMs, signal, (both) => hub.watchLogs(args, both)),
    watchEvents: (args, signal) => within(args.waitMs, signal, (both) => hub.watchEvents(args, both)),
    sync: (args, signal) => within(args.request.waitMs, signal, (both) => hub.sync(args, both)),
  };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "unavailable";
}

/** Runs with a deadline that ends with the answer's head: a body that follows may take as long as it likes. */
async function within<T>(
  waitMs: number,
  signal: AbortSignal,
  run: (both: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new ProblemError("unavailable", "the hub did not answer in time", { retryAfter: 1 }));
  }, waitMs + slackMs);
  try {
    return await run(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, ms));
  signal.throwIfAborted();
}
