import type { Ports } from "../../ports.ts";
import { createAliasStore } from "./store.ts";

/** Removes aliases whose time is over. Returns whether there may be more. */
export function forgetAliases({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  return createAliasStore(database).forgetExpired(now());
}
