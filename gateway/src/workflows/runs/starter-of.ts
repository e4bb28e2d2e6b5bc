import type { Starter } from "@pulse/schema/tables";

/** What a run keeps of who started it. */
export function starterOf({ kind, id, name, userId }: Starter): Starter {
  return { kind, id, name, userId };
}
