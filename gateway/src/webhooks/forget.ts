import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { createDeliveryStore } from "./delivery-store.ts";

const atATime = 250;
/** What a project keeps of requests that were delivered, bytes. */
export const bodiesMost = 2 * 2 ** 30;
/** A delivery is known for so long at least, so that nobody sends it a second time. */
const knownMs = 72 * 3_600_000;

/**
 * Forgets requests that were delivered as projects keep payloads, the oldest where they are more than `most` bytes of a project, and deliveries as they keep executions, but not within 72 hours; false when nothing is
 * left to do.
 */
export async function forgetDeliveries(
  { database, now }: Pick<Ports, "database" | "now">,
  most = bodiesMost,
): Promise<boolean> {
  const store = createDeliveryStore(database);
  const { payloadsMs, executionsMs } = keptByDefault;
  const emptied = await store.dropBodies(now(), payloadsMs, atATime);
  const dropped = await store.dropOld(now(), { kept: executionsMs, least: knownMs }, atATime);
  const crowded = await store.dropMost(most, atATime);
  return emptied === atATime || crowded === atATime || dropped === atATime;
}
