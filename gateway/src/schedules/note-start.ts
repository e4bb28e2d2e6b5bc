import { ProblemError } from "@pulse/schema/problem";
import { addEntry, newPendingId } from "../audit/chain.ts";
import { shownFacts } from "../audit/shown.ts";
import type { Ports } from "../ports.ts";
import type { ScheduleRow } from "./store.ts";
import type { TickRow } from "./tick-store.ts";

/** Tells the audit that a schedule has started something, or could not. It is told after the fact and in the background: the tick's row says the same. */
export function noteStart(
  ports: Ports,
  { id, name, project, target }: ScheduleRow,
  tick: TickRow,
  fault: unknown,
): void {
  const entry = {
    project,
    at: new Date(ports.now()).toISOString(),
    actor: { kind: "schedule" as const, id, name },
    action: "schedule.start",
    target: "workflow" in target ? target.workflow : target.function,
    outcome: fault === null ? ("done" as const) : ("failed" as const),
    code: fault === null ? null : fault instanceof ProblemError ? fault.code : "internal",
    ...{ address: null, requestId: null, before: null, after: null },
    details: shownFacts({
      ...{ tick: tick.id, at: new Date(tick.at).toISOString() },
      ...(fault === null ? { executionId: tick.executionId } : {}),
    }),
  };
  ports.background(addEntry(ports, newPendingId(ports), entry));
}
