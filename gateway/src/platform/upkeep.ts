import { forgetEvents } from "../events/forget.ts";
import { forgetLeftovers } from "../executions/forget.ts";
import { forgetDraftVersions } from "../functions/drafts/forget.ts";
import type { Ports } from "../ports.ts";
import { forgetStats } from "../stats/forget.ts";

const everyMs = 3_600_000;
const firstMs = 60_000;
const minute = 17;

/** Forgets what is kept for a time only. A part that fails is logged and does not keep the others from their work. */
export async function upkeep(ports: Pick<Ports, "database" | "now" | "log">): Promise<void> {
  for (const forget of [forgetEvents, forgetStats, forgetDraftVersions, forgetLeftovers]) {
    try {
      await forget(ports);
    } catch (error) {
      ports.log.error("old rows could not be forgotten; it is tried again in an hour", error);
    }
  }
}

/** Does the upkeep a minute after the start and then every hour; returns what ends that. */
export function keepUp(ports: Pick<Ports, "database" | "now" | "log" | "timer" | "background">): () => void {
  let cancel: () => void;
  const after = (ms: number) => {
    cancel = ports.timer(ms, () => {
      ports.background(upkeep(ports));
      after(everyMs);
    });
  };
  after(firstMs);
  return () => cancel();
}

/** Whether a platform that is woken every minute does the upkeep in this one (epoch ms). */
export function isUpkeepMinute(ms: number): boolean {
  return Math.floor(ms / 60_000) % 60 === minute;
}
