import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { createTickStore } from "./tick-store.ts";

const atATime = 250;

/** Forgets ticks as their projects keep executions; false when nothing is left to do. */
export async function forgetTicks({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const dropped = await createTickStore(database).dropOld(now(), keptByDefault.executionsMs, atATime);
  return dropped === atATime;
}
