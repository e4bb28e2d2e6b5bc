import type { Starter } from "@pulse/schema/tables";
import type { Plan } from "@pulse/schema/workflow/plan";
import type { RunState } from "../advance/state.ts";

/** A run as it was read: its plan, and its state at the last event of its log. */
export interface OpenRun {
  id: string;
  project: string;
  workflow: string;
  workflowId: string;
  revision: number;
  depth: number;
  startedBy: Starter | null;
  plan: Plan;
  /** Used up by the next event. */
  state: RunState;
  seq: number;
  /** Up to this event all that was asked of the world is known to have been done. */
  performed: number;
  /** The event at which the state was last kept. */
  snapshotSeq: number;
}
