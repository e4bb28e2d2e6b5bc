import type { Ports } from "../ports.ts";
import { createEventStore } from "./store.ts";

const keptMs = 24 * 3_600_000;
const rowsAtOnce = 2000;

/** Forgets what was told more than a day ago. The newest row stays, however old it is, so that ids only grow. */
export async function forgetEvents({ database, now }: Pick<Ports, "database" | "now">): Promise<void> {
  const store = createEventStore(database);
  const before = now() - keptMs;
  while ((await store.forget(before, rowsAtOnce)) === rowsAtOnce);
}
