import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { createEventStore } from "./store.ts";

const rowsAtOnce = 1000;

/**
 * Forgets what was told longer ago than events are kept: a day, or the longest that a project asks for, since all projects tell into one row of ids. True: there may
 * be more. The newest row stays, however old it is, so that ids only grow.
 */
export async function forgetEvents({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const store = createEventStore(database);
  const keptMs = Math.max(keptByDefault.eventsMs, (await store.longestKeptMs()) ?? 0);
  return (await store.forget(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}
