import { forgetEvents } from "../events/forget.ts";
import { forgetIdempotency, forgetOrphans } from "../executions/forget.ts";
import { forgetDraftVersions } from "../functions/drafts/forget.ts";
import type { Ports } from "../ports.ts";
import { forgetOld } from "../retention/forget.ts";
import { sweepContents } from "../retention/sweep.ts";
import { coarsenStats, forgetStats } from "../stats/forget.ts";

type UpkeepPorts = Pick<Ports, "database" | "now" | "log" | "soon" | "blobs">;

const everyMs = 3_600_000;
const firstMs = 60_000;
const minute = 17;
/** Steps of one part in one go; what is left waits for the next hour. */
const stepsMost = 500;
const parts = [
  forgetEvents,
  forgetStats,
  coarsenStats,
  forgetDraftVersions,
  forgetOrphans,
  forgetIdempotency,
];
/** Parts that remember within a run where they are. */
const walks = [forgetOld, sweepContents];

/**
 * Forgets what is kept for a time only, and puts old counts together, in small steps between which other work gets its turn. A part that fails is logged and does not keep
 * the others from their work.
 */
export async function upkeep(ports: UpkeepPorts): Promise<void> {
  // A local database answers within the turn of the loop, so that without the next turn nothing else would run in between.
  const works = [
    ...parts.map((forget) => async () => {
      for (let step = 0; step < stepsMost && (await forget(ports)); step++) await nextTurn(ports);
    }),
    ...walks.map((walk) => async () => {
      let steps = 0;
      for await (const _ of walk(ports)) {
        if (++steps === stepsMost) break;
        await nextTurn(ports);
      }
    }),
  ];
  for (const work of works) {
    await work().catch((error: unknown) => {
      ports.log.error("old rows could not be forgotten; it is tried again in an hour", error);
    });
  }
}

function nextTurn({ soon }: UpkeepPorts): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/** Does the upkeep a minute after the start and then every hour; returns what ends that. */
export function keepUp(ports: UpkeepPorts & Pick<Ports, "timer" | "background">): () => void {
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
