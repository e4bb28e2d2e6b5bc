import type { ExecutionStatus } from "./status.ts";

/** A change of an execution's state that may happen, and what makes it happen. */
export interface Transition {
  from: ExecutionStatus;
  to: ExecutionStatus;
  when: string;
}

const ends = (from: ExecutionStatus, rows: readonly (readonly [ExecutionStatus, string])[]): Transition[] =>
  rows.map(([to, when]) => ({ from, to, when }));

const outcomes = [
  ["succeeded", "the outcome is a success"],
  ["failed", "the outcome is a failure that is not tried again"],
  ["timed_out", "it ran out of time and is not tried again"],
  ["cancelled", "it was cancelled, and its runner says that it stopped or is lost"],
  ["lost", "at-most-once work that began and of which nobody knows what it did: `onLost`"],
  ["dead", "asynchronous work out of retries or of losses, or poison"],
] as const;

/** Every change of state that may happen. Terminal states have none. */
export const transitions: readonly Transition[] = [
  ...ends("scheduled", [
    ["queued", "its time has come"],
    ["running", "a workflow's run whose time has come"],
    ["waiting", "the same, and another run has the place of its concurrency key, or it begins with a wait"],
    ["failed", "a workflow's run whose workflow was disabled or deleted before its time came"],
    ["cancelled", "somebody cancelled it"],
    ["superseded", "a newer one takes its place"],
    ["dead", "its time came and passed"],
  ]),
  ...ends("queued", [
    ["offered", "a runner with a free slot takes it; the fence grows"],
    ["cancelled", "somebody cancelled it"],
    ["failed", "a synchronous call that no runner took in time"],
    ["dead", "asynchronous work that no runner took before its `maxAge`"],
    ["superseded", "a newer one takes its place"],
  ]),
  ...ends("offered", [
    ["running", "acknowledged a second ago, and not over yet; shorter work goes from offered to its end"],
    ["queued", "nobody acknowledged, the runner gave it back, or it is tried again"],
    ...outcomes,
  ]),
  ...ends("running", [
    ["queued", "the lease was lost, the runner drains, or it is tried again"],
    ["waiting", "a workflow that only waits for a person or a time"],
    ...outcomes,
  ]),
  ...ends("waiting", [
    ["running", "what it waited for has come"],
    ["cancelled", "somebody cancelled it"],
    ["failed", "what it waited for did not come in time"],
    ["superseded", "a workflow's run that had not begun, and another has the place it waited for"],
  ]),
];
