import type { Ports } from "../../ports.ts";
import { createCallbackStore } from "./store.ts";

const orphanMs = 3_600_000;
const atATime = 500;

/** Forgets callbacks of executions that are not kept any more, or never came to be; false when nothing is left to do. */
export async function forgetCallbacks({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const dropped = await createCallbackStore(database).dropOrphans(now() - orphanMs, atATime);
  return dropped === atATime;
}
