import { newPendingId, ownEntry, placeWaiting } from "../../audit/chain.ts";
import type { Ports } from "../../ports.ts";
import { createResolver } from "../resolve.ts";
import { countedFrom, whyEnd } from "./due.ts";
import { createAliasStore, type Split } from "./store.ts";

/** How often the calls of splits are counted while there are any. */
export const lookEveryMs = 5000;
const by = "system:gateway";

/**
 * Counts the calls of every guarded split and ends those whose second version fails too often. Returns when it is to look again (epoch ms); null:
 * when a split is seen.
 */
export async function watchSplits(ports: Ports): Promise<number | null> {
  const store = createAliasStore(ports.database);
  let isAny = false;
  let splits = await store.guarded();
  while (splits.length > 0) {
    isAny = true;
    for (const split of splits) await judge(ports, split);
    splits = await store.guarded(splits.at(-1));
  }
  return isAny ? ports.now() + lookEveryMs : null;
}

async function judge(ports: Ports, split: Split): Promise<void> {
  const store = createAliasStore(ports.database);
  const { project, name, alias, guard, splitAt, canaryId, first, second } = split;
  const from = countedFrom(ports.now(), splitAt, guard.windowMs);
  const calls = (await store.calls([canaryId], { from, splitAt })).get(canaryId);
  const reason = calls === undefined ? null : whyEnd(calls, guard);
  if (reason === null) return;
  const now = ports.now();
  const entry = {
    ...ownEntry(project, now, "alias.move", { reason }),
    target: `${name}/${alias}`,
    before: { version: first, canary: second },
    after: { version: first, canary: null },
  };
  const id = newPendingId(ports);
  if (!(await store.rollBack(split, now, { by, reason, entry, id }))) return;
  createResolver({ ports }).forget();
  ports.messageAdded?.();
  await placeWaiting(ports, project, null, id);
}
