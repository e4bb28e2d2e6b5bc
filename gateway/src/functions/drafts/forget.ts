import type { Ports } from "../../ports.ts";
import { createDraftStore } from "./store.ts";

const keptMs = 24 * 3_600_000;
const rowsAtOnce = 200;

/**
 * Forgets the versions that drafts were run as a day ago; true: there may be more. A draft that has not changed is built again when it is run.
 */
export async function forgetDraftVersions({
  database,
  now,
}: Pick<Ports, "database" | "now">): Promise<boolean> {
  return (await createDraftStore(database).forgetVersions(now() - keptMs, rowsAtOnce)) === rowsAtOnce;
}
