import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { createDeliveryStore } from "./delivery-store.ts";

const atATime = 250;
/** A delivery is known for so long at least, so that nobody sends it a second time. */
const knownMs = 72 * 3_600_000;

/**
 * Forgets requests that were delivered as projects keep payloads, and deliveries as they keep executions, but not within 72 hours; false when nothing is
 * left to do.
 */
export async function forgetDeliveries({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const store = createDeliveryStore(database);
  const { payloadsMs, executionsMs } = keptByDefault;
  const emptied = await store.dropBodies(now(), payloadsMs, atATime);
  const dropped = await store.dropOld(now(), { kept: executionsMs, least: knownMs }, atATime);
  return emptied === atATime || dropped === atATime;
}
