import type { Ports } from "../ports.ts";
import { createStatsStore } from "./store.ts";

/** The longest window that is asked for, and its first step whole. */
const keptMs = 32 * 86_400_000;
const rowsAtOnce = 2000;

/** Forgets what was counted so long ago that no window reaches it. */
export async function forgetStats({ database, now }: Pick<Ports, "database" | "now">): Promise<void> {
  const store = createStatsStore(database);
  const before = now() - keptMs;
  while ((await store.forget(before, rowsAtOnce)) === rowsAtOnce);
}
