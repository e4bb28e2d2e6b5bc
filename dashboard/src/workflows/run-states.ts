import type { StepView } from "@pulse/schema/wire/workflow-runs";

/** How often a step is in a state, over its iterations. */
export interface StateCount {
  status: string;
  count: number;
}

/** The states of each step of a definition in a run, by the step's id: what needs eyes first. A step that has not begun is not there. */
export function statesById(steps: readonly Pick<StepView, "id" | "status">[]): Map<string, StateCount[]> {
  const found = new Map<string, Map<string, number>>();
  for (const { id, status } of steps) {
    const counts = found.get(id) ?? new Map<string, number>();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    found.set(id, counts);
  }
  return new Map([...found].map(([id, counts]) => [id, inOrder(counts)]));
}

const order = [
  "failed",
  "timed_out",
  "lost",
  "waiting",
  "asked",
  "running",
  "submitted",
  "pending",
  "succeeded",
];

function inOrder(counts: ReadonlyMap<string, number>): StateCount[] {
  const rank = (status: string) => (order.indexOf(status) < 0 ? order.length : order.indexOf(status));
  return [...counts]
    .map(([status, count]) => ({ status, count }))
    .sort((one, other) => rank(one.status) - rank(other.status));
}
