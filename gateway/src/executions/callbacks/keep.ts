import type { Ports } from "../../ports.ts";
import { createCallbackStore } from "./store.ts";

/** A callback that was kept for an execution which is about to be submitted. */
export interface KeptCallback {
  /** The execution does not come to be. */
  drop(): void;
}

const none: KeptCallback = { drop: () => undefined };

/** Keeps who is to be told of an execution's end before it is submitted, so that neither can be there alone when a process dies. */
export async function keepCallback(
  ports: Pick<Ports, "database" | "background" | "callbackAdded">,
  { project, callback }: { project: string; callback?: string | null },
  executionId: string,
  createdAt: number,
): Promise<KeptCallback> {
  if (callback === undefined || callback === null) return none;
  const store = createCallbackStore(ports.database);
  await store.add({ executionId, project, url: callback, createdAt });
  ports.callbackAdded?.();
  return { drop: () => ports.background(store.drop(executionId)) };
}
