import type { Ports } from "../../ports.ts";
import { deliverBacklog, type Post } from "./deliver.ts";
import { createCallbackStore } from "./store.ts";

/** How often it is looked whether the executions that callbacks wait for have ended. */
const lookMs = 1000;
const longestMs = 600_000;

/** Makes callbacks as they become due, for as long as the process lives. */
export interface Calling {
  /** A callback was added. */
  added(): void;
  stop(): void;
}

/** Starts with what an older process left behind. While no callback waits nothing is asked of the database. */
export function keepCalling(
  ports: Pick<Ports, "database" | "now" | "random" | "masterKeys" | "log" | "timer" | "background">,
  post: Post,
  publicUrl: () => string,
): Calling {
  let cancel = (): void => undefined;
  let stopped = false;
  let wakeAt = Number.POSITIVE_INFINITY;
  const after = (ms: number) => {
    if (stopped || ports.now() + ms >= wakeAt) return;
    cancel();
    wakeAt = ports.now() + ms;
    cancel = ports.timer(ms, () => {
      wakeAt = Number.POSITIVE_INFINITY;
      ports.background(look());
    });
  };
  const look = async () => {
    try {
      await deliverBacklog(ports, post, publicUrl());
      const nextAt = await createCallbackStore(ports.database).nextAt();
      if (nextAt !== null) after(Math.min(longestMs, Math.max(lookMs, nextAt - ports.now())));
    } catch (error) {
      after(longestMs / 60);
      throw error;
    }
  };
  after(lookMs);
  return {
    added: () => after(lookMs),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
