import type { Ports } from "../ports.ts";
import { createEventStore } from "./store.ts";

const keptMs = 24 * 3_600_000;
const rowsAtOnce = 1000;

/**
 * Forgets what was told more than a day ago; true: there may be more. The newest row stays, however old it is, so that ids only grow.
 */
export async function forgetEvents({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createEventStore(database).forget(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}
