import type { Ports } from "../ports.ts";
import { createUsageStore } from "./store.ts";

const keptMs = 400 * 86_400_000;
const rowsAtOnce = 1000;

/** Forgets hours that ended more than 400 days ago; true: there may be more. */
export async function forgetUsage({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createUsageStore(database).forget(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}
