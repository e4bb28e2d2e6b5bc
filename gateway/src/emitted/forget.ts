import type { Ports } from "../ports.ts";
import { createEmittedStore } from "./store.ts";

const keptMs = 7 * 24 * 3_600_000;
const atOnce = 500;

/** Forgets events that were emitted a week ago: nobody looks back that far. True: there may be more. */
export async function forgetEmitted({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createEmittedStore(database).forget(now() - keptMs, atOnce)) === atOnce;
}
