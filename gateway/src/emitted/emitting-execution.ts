import type { EmittingExecution } from "@pulse/schema/tables";

/** Who emits where the code of a function does: its call. */
export function emittingExecution(id: string, name: string): EmittingExecution {
  return { kind: "execution", id, name, userId: null };
}
