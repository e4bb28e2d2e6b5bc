import { makeId } from "@pulse/schema/ids";
import type { Ports } from "../ports.ts";
import { createExecutionStore } from "./store.ts";

/** A body is stored before its execution is on disk; an hour later it is there or never comes. */
const undecidedMs = 3_600_000;
const idsAtOnce = 500;
const rowsAtOnce = 1000;

/**
 * Forgets bodies that were stored for executions that were never made (refused, or the gateway ended in between); true: there may be more.
 * Each body is looked at once: where the last look ended is kept.
 */
export async function forgetOrphans({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const until = makeId("execution", now() - undecidedMs, new Uint8Array(10));
  return (await createExecutionStore(database).dropOrphans(until, idsAtOnce)) === idsAtOnce;
}

/** Forgets idempotency keys whose time is over; true: there may be more. */
export async function forgetIdempotency({
  database,
  now,
}: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createExecutionStore(database).forgetIdempotency(now(), rowsAtOnce)) === rowsAtOnce;
}
