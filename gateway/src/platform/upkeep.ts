import { keepAudit } from "../audit/forget.ts";
import { forgetEmitted } from "../emitted/forget.ts";
import { forgetEvents } from "../events/forget.ts";
import { forgetCallbacks } from "../executions/callbacks/forget.ts";
import { forgetIdempotency, forgetOrphans } from "../executions/forget.ts";
import { forgetAliases } from "../functions/aliases/forget.ts";
import { forgetDraftVersions } from "../functions/drafts/forget.ts";
import { forgetKeptAnswers } from "../http/create-once.ts";
import { forgetExpired, forgetLeft } from "../kv/forget.ts";
import { forgetMessages } from "../notifications/forget.ts";
import type { Ports } from "../ports.ts";
import { forgetOld } from "../retention/forget.ts";
import { sweepContents } from "../retention/sweep.ts";
import { forgetTicks } from "../schedules/forget.ts";
import { rewrapLeft } from "../secrets/rewrap.ts";
import { coarsenStats, forgetStats } from "../stats/forget.ts";
import { forgetUsage } from "../usage/forget.ts";
import { measureStorage } from "../usage/measure.ts";
import { noteQuotas } from "../usage/notices.ts";
import { forgetDeliveries } from "../webhooks/forget.ts";

type UpkeepPorts = Pick<Ports, "database" | "now" | "log" | "soon" | "blobs" | "random" | "masterKeys">;

const everyMs = 3_600_000;
const firstMs = 60_000;
const minute = 17;
/** Steps of one part in one go; what is left waits for the next hour. A run of a Worker may make 1,000 requests in all. */
const stepsMost = 500;
/** Where steps are no requests. */
const localStepsMost = 50_000;
const parts = [
  forgetEvents,
  forgetEmitted,
  forgetCallbacks,
  forgetDeliveries,
  forgetTicks,
  forgetMessages,
  forgetStats,
  forgetUsage,
  coarsenStats,
  forgetDraftVersions,
  forgetAliases,
  forgetOrphans,
  forgetIdempotency,
  forgetKeptAnswers,
  forgetExpired,
  forgetLeft,
  rewrapLeft,
];
/** Parts that remember within a run where they are. */
const walks = [measureStorage, noteQuotas, keepAudit, forgetOld, sweepContents];

/**
 * Forgets what is kept for a time only, and puts old counts together, in small steps between which other work gets its turn. A part that fails is logged and does not keep
 * the others from their work. It ends early once `isOver` says so.
 */
export async function upkeep(
  ports: UpkeepPorts,
  { most = stepsMost, isOver = (): boolean => false } = {},
): Promise<void> {
  // A local database answers within the turn of the loop, so that without the next turn nothing else would run in between.
  const works = [
    ...parts.map((forget) => async () => {
      for (let step = 0; step < most && !isOver() && (await forget(ports)); step++) await nextTurn(ports);
    }),
    ...walks.map((walk) => async () => {
      let steps = 0;
      for await (const _ of walk(ports)) {
        if (++steps === most || isOver()) break;
        await nextTurn(ports);
      }
    }),
  ];
  for (const work of works) {
    if (isOver()) return;
    await work().catch((error: unknown) => {
      ports.log.error("old rows could not be forgotten; it is tried again in an hour", error);
    });
  }
}

function nextTurn({ soon }: UpkeepPorts): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/** Does the upkeep a minute after the start and then every hour, never twice at a time; returns what ends that, a run under way too. */
export function keepUp(ports: UpkeepPorts & Pick<Ports, "timer" | "background">): () => void {
  let cancel: () => void;
  let ended = false;
  let running = false;
  const once = async () => {
    if (running) return;
    running = true;
    await upkeep(ports, { most: localStepsMost, isOver: () => ended }).finally(() => {
      running = false;
    });
  };
  const after = (ms: number) => {
    cancel = ports.timer(ms, () => {
      ports.background(once());
      after(everyMs);
    });
  };
  after(firstMs);
  return () => {
    ended = true;
    cancel();
  };
}

/** Whether a platform that is woken every minute does the upkeep in this one (epoch ms). */
export function isUpkeepMinute(ms: number): boolean {
  return Math.floor(ms / 60_000) % 60 === minute;
}
