import type { Ports } from "../ports.ts";
import { createStatsStore } from "./store.ts";

/** The longest window that is asked for, and its first step whole. */
const keptMs = 32 * 86_400_000;
const rowsAtOnce = 1000;

/** Forgets what was counted so long ago that no window reaches it; true: there may be more. */
export async function forgetStats({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createStatsStore(database).forget(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}
