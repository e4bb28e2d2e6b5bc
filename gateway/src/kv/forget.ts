import type { Ports } from "../ports.ts";
import { createKvStore } from "./store.ts";

const atOnce = 500;
const spacesAtOnce = 10;

/** Takes away entries whose time is over, which nobody can read any more. True: there may be more. */
export async function forgetExpired({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createKvStore(database).sweep(now(), atOnce)) === atOnce;
}

/** Takes away what functions and drafts kept that are gone. True: there may be more. */
export async function forgetLeft({ database }: Pick<Ports, "database">): Promise<boolean> {
  return (await createKvStore(database).sweepLeft(spacesAtOnce)) === spacesAtOnce;
}
