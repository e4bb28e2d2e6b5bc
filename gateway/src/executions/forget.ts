import { makeId } from "@pulse/schema/ids";
import type { Ports } from "../ports.ts";
import { createExecutionStore } from "./store.ts";

/** A body is stored before its execution is on disk; an hour later it is there or never comes. */
const undecidedMs = 3_600_000;
const idsAtOnce = 500;
const pagesMost = 100;
const rowsAtOnce = 2000;

/**
 * Forgets bodies that were stored for executions that were never made (refused, or the gateway ended in between), and idempotency keys
 * whose time is over. Each body is looked at once: where the last look ended is kept.
 */
export async function forgetLeftovers({ database, now }: Pick<Ports, "database" | "now">): Promise<void> {
  const store = createExecutionStore(database);
  const until = makeId("execution", now() - undecidedMs, new Uint8Array(10));
  for (let page = 0; page < pagesMost; page++) {
    if ((await store.dropOrphans(until, idsAtOnce)) < idsAtOnce) break;
  }
  while ((await store.forgetIdempotency(now(), rowsAtOnce)) === rowsAtOnce);
}
