import { makeId } from "@pulse/schema/ids";
import type { Deps, Principal } from "../../http/context.ts";
import { quotaBookOf } from "../../usage/quota-book.ts";
import type { Admit } from "./start-once.ts";

/**
 * Starts a run, which gets the given id where it can, if the quotas of the project and of the key let one more in. Throws
 * `quota_exceeded`, and what `start` throws.
 */
export async function admitRun<T>(
  { ports, hub }: Pick<Deps, "ports" | "hub">,
  { project, id: caller, quotas }: Principal,
  start: (id: string) => Promise<T>,
): Promise<T> {
  const id = makeId("execution", ports.now(), ports.random(10));
  const done = await quotaBookOf({ ports, hub }).admit(project, id, { caller, quotas: quotas ?? {} });
  return await start(id).finally(done);
}

/** The same, for whoever starts once for a key. */
export function admitting(deps: Pick<Deps, "ports" | "hub">, principal: Principal): Admit {
  return (start) => admitRun(deps, principal, start);
}
