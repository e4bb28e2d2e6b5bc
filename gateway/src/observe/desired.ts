import type { ScalingView } from "@pulse/schema/wire/observe";
import type { PoolScope } from "../hub.ts";
import type { Observed } from "./look.ts";

type Pool = ScalingView["pools"][number];

/** How many runners of so many slots hold what runs and what could begin. */
export function desiredRunners(busy: number, slotsPerRunner: number): number {
  return Math.ceil(busy / slotsPerRunner);
}

/** What each pool wants, by name; those asked for by project and pool though nothing is there. */
export function wantsOf(
  seen: Pick<Observed, "now" | "queues" | "runners" | "parts">,
  asked: { project?: string | undefined; pool?: string | undefined; slots: number },
): Pool[] {
  const pools = new Map<string, Pool>();
  const of = ({ project, pool }: PoolScope): Pool => {
    const key = `${project}/${pool}`;
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = {
      ...{ project, pool, queued: 0, startable: 0, oldestSeconds: null, runners: 0, slots: 0, used: 0 },
      ...{ slotsPerRunner: asked.slots, desiredRunners: 0 },
    };
    pools.set(key, made);
    return made;
  };
  const isAsked = (one: PoolScope) =>
    (asked.project ?? one.project) === one.project && (asked.pool ?? one.pool) === one.pool;
  for (const one of seen.runners) if (isAsked(one)) of(one);
  for (const one of seen.queues) {
    if (!isAsked(one)) continue;
    const { queued, startable } = one;
    Object.assign(of(one), { queued, startable, oldestSeconds: (seen.now - one.oldestAt) / 1000 });
  }
  for (const { live, ...one } of seen.parts.flatMap((part) => part.pools)) {
    // What is counted together has no runners of its own.
    if (one.pool === "" || !isAsked(one)) continue;
    if (live.up === 0 && !pools.has(`${one.project}/${one.pool}`)) continue;
    Object.assign(of(one), { runners: live.taking, slots: live.slots, used: live.used });
  }
  if (asked.project !== undefined && asked.pool !== undefined)
    of({ project: asked.project, pool: asked.pool });
  for (const one of pools.values()) {
    if (one.runners > 0 && one.slots > 0) one.slotsPerRunner = one.slots / one.runners;
    one.desiredRunners = desiredRunners(one.used + one.startable, one.slotsPerRunner);
  }
  return [...pools.values()].sort((a, b) => order(`${a.project}/${a.pool}`, `${b.project}/${b.pool}`));
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
