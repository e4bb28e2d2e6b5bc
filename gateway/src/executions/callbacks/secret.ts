import type { Ports } from "../../ports.ts";
import { createCallbackStore } from "./store.ts";

/** What a project's callbacks are signed with: made when it is first needed. */
export async function secretOf(
  { database, now, random }: Pick<Ports, "database" | "now" | "random">,
  project: string,
): Promise<string> {
  const fresh = `whsec_${random(32).toBase64()}`;
  return await createCallbackStore(database).secret(project, fresh, now());
}
