import type { Ports } from "../ports.ts";
import { createStatsStore } from "./store.ts";

/** The longest window that is asked for, and its first step whole. */
const keptMs = 32 * 86_400_000;
const rowsAtOnce = 1000;
/** Windows that reach further back than this have steps of six hours or of whole multiples of them. */
const fineMs = 48 * 3_600_000;
const coarseMs = 6 * 3_600_000;

/** Forgets what was counted so long ago that no window reaches it; true: there may be more. */
export async function forgetStats({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createStatsStore(database).forget(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}

/** Puts a quarter of an hour that lies two days back together with others of its six hours; true: there may be more. */
export async function coarsenStats({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const store = createStatsStore(database);
  const at = await store.newestFine(now() - fineMs, coarseMs);
  if (at === null) return false;
  await store.add(at, at - (at % coarseMs));
  return true;
}
