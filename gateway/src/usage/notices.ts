import type { Ports } from "../ports.ts";
import { type QuotaState, quotaStates, quotasOf, reached, usedOf } from "./quota.ts";
import { monthOf } from "./read.ts";
import { createUsageStore, type UsageStore } from "./store.ts";

const projectsAtOnce = 100;

/** The month that a time lies in (UTC), `2026-11`. */
export function periodOf(now: number): string {
  return new Date(now).toISOString().slice(0, 7);
}

/** Says which parts of quotas are used up, those left out that `isSaid` knows; returns how many were news to everybody. */
export async function sayReached(
  store: UsageStore,
  project: string,
  states: readonly QuotaState[],
  now: number,
  isSaid: (key: string) => boolean = () => false,
): Promise<number> {
  const period = periodOf(now);
  const news = reached(states).filter(({ quota, percent }) => !isSaid(`${period} ${quota} ${percent}`));
  if (news.length === 0) return 0;
  return await store.note(
    news.map((one) => ({ ...one, used: Math.floor(one.used), project, period, at: now })),
  );
}

/**
 * Says what there is to say of quotas that nobody has looked at since: run time, bytes and storage grow after the last call was let in. Each value it
 * yields is one small step.
 */
export async function* noteQuotas({ database, now }: Pick<Ports, "database" | "now">): AsyncGenerator<void> {
  const store = createUsageStore(database);
  for (let after = ""; ; ) {
    const projects = await store.planned(after, projectsAtOnce);
    for (const project of projects) {
      const standing = await store.standing(project, monthOf(now()), []);
      const states = quotaStates(quotasOf(await store.plan(project)), usedOf(standing, 0));
      await sayReached(store, project, states, now());
      yield;
    }
    const last = projects.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
