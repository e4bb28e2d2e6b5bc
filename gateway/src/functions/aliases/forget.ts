import { type ChainPorts, newPendingId, ownEntry, placeWaiting } from "../../audit/chain.ts";
import { createAliasStore, type Expired, expiredAtOnce } from "./store.ts";

/** Removes aliases whose time is over, each with an entry of the audit. Returns whether there may be more. */
export async function forgetAliases(ports: ChainPorts): Promise<boolean> {
  const store = createAliasStore(ports.database);
  const expired = await store.expired(ports.now());
  for (const one of expired) {
    const now = ports.now();
    await store.removeExpired(one, now, { entry: entryOf(one, now), id: newPendingId(ports) });
  }
  for (const project of new Set(expired.map((one) => one.project))) await placeWaiting(ports, project);
  return expired.length === expiredAtOnce;
}

function entryOf({ project, name, alias, expiresAt, first, second }: Expired, now: number) {
  return {
    ...ownEntry(project, now, "alias.expire", { expiresAt: new Date(expiresAt).toISOString() }),
    target: `${name}/${alias}`,
    before: { version: first, canary: second },
  };
}
