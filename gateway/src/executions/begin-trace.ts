import { traceparentOf } from "@pulse/schema/trace-context";
import type { Ports } from "../ports.ts";
import type { Call } from "./invoke.ts";

/** The `traceparent` that an execution is a part of: its caller's, or, where traces are told of, that of a new one which begins with its making. */
export function beginTrace(
  { tracing, now }: Pick<Ports, "tracing" | "now">,
  { options, target, trigger }: Pick<Call, "options" | "target" | "trigger">,
  id: string,
): string | null {
  if (tracing === undefined || options.traceparent !== null) return options.traceparent;
  const begun = tracing.begin(null);
  if (begun.isSampled) {
    const at = now();
    tracing.add({
      ...{ traceId: begun.traceId, spanId: begun.spanId, parentId: null, kind: "producer", error: null },
      ...{ name: `start ${target.name}`, startMs: at, endMs: at },
      attributes: {
        "faas.invocation_id": id,
        "faas.invoked_name": target.name,
        "pulse.trigger": trigger.type,
      },
    });
  }
  return traceparentOf(begun);
}
