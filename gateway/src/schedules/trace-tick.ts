import type { Ports } from "../ports.ts";
import { openSpan, startEnds } from "../tracing/open-span.ts";
import type { ScheduleRow } from "./store.ts";
import type { TickRow } from "./tick-store.ts";

/** The span of one try to start what a tick is for, the first of a trace of its own; what it starts is a part of it. */
export function traceTick(
  ports: Pick<Ports, "tracing" | "now" | "random">,
  { name, cron }: Pick<ScheduleRow, "name" | "cron">,
  { at, tries }: Pick<TickRow, "at" | "tries">,
) {
  const span = openSpan(ports, null, { name: `tick ${name}`, kind: "producer" });
  const about = {
    ...{ "faas.trigger": "timer", "faas.cron": cron, "faas.time": new Date(at).toISOString() },
    ...{ "pulse.trigger": "schedule", "pulse.attempt": tries },
  };
  return startEnds(span, about);
}
