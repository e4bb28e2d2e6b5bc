import { ProblemError } from "@pulse/schema/problem";
import { addEntry, newPendingId } from "../audit/chain.ts";
import { shownFacts } from "../audit/shown.ts";
import type { Ports } from "../ports.ts";
import type { ScheduleRow } from "./store.ts";
import type { TickRow } from "./tick-store.ts";

/** One entry after the other: thousands at once would wait for each other's places in the chain. */
const lines = new WeakMap<Ports["database"], Promise<void>>();

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
  const before = lines.get(ports.database) ?? Promise.resolve();
  const line = before.then(() => addEntry(ports, newPendingId(ports), entry));
  lines.set(
    ports.database,
    line.catch(() => undefined),
  );
  ports.background(line);
}
