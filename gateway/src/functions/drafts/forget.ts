import type { Ports } from "../../ports.ts";
import { createDraftStore } from "./store.ts";

const keptMs = 24 * 3_600_000;
const rowsAtOnce = 500;

/** Forgets the versions that drafts were run as a day ago; a draft that has not changed is built again when it is run. */
export async function forgetDraftVersions({ database, now }: Pick<Ports, "database" | "now">): Promise<void> {
  const store = createDraftStore(database);
  const before = now() - keptMs;
  while ((await store.forgetVersions(before, rowsAtOnce)) === rowsAtOnce);
}
