import type { WorkflowPermissions } from "@pulse/schema/tables";
import { may, type Resource } from "../auth/may.ts";
import { isPermitted } from "../workflows/permissions.ts";
import { TriggerFault } from "./event-texts.ts";
import type { DueDelivery } from "./store.ts";

type Emitted = Pick<DueDelivery["event"], "by" | "emitter">;

/** Throws TriggerFault when a workflow says who may view or run it, and whoever emitted the event is none of them. What a function's code emits may start everything in its project. */
export function requireEmitterMayRun(
  { by, emitter }: Emitted,
  { name, permissions }: { name: string; permissions: WorkflowPermissions | null },
): void {
  if (emitter === null || emitter.kind === "execution") return;
  if (isPermitted(emitter, "view", permissions) && isPermitted(emitter, "run", permissions)) return;
  throw new TriggerFault(`${by} may not run the workflow "${name}"`);
}

/** Throws TriggerFault when a function says who may call it, and whoever emitted the event is none of them. */
export function requireEmitterMayCall({ by, emitter }: Emitted, called: Resource & { name: string }): void {
  if (emitter === null || emitter.kind === "execution") return;
  if (may({ ...emitter, project: called.project }, "execute", called) === true) return;
  throw new TriggerFault(`${by} may not call the function "${called.name}"`);
}
