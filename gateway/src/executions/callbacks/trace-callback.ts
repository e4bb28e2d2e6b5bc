import type { Ports } from "../../ports.ts";
import { openSpan } from "../../tracing/open-span.ts";
import type { DueCallback } from "./store.ts";

/** The span of one try of a callback, in the trace of its execution. Of where it goes it has the host alone: the rest may be a credential. */
export function traceCallback(
  ports: Pick<Ports, "tracing" | "now" | "random">,
  { executionId, url, attempts, traceparent }: DueCallback,
  message: string,
) {
  const span = openSpan(ports, traceparent, { name: "POST callback", kind: "client" });
  return {
    traceparent: span.traceparent,
    /** What the receiver answered; null: nothing. */
    answered(status: number | null): void {
      const isTaken = status !== null && status >= 200 && status < 300;
      span.end(
        {
          ...{ "http.request.method": "POST", "http.response.status_code": status },
          ...{ "server.address": URL.parse(url)?.hostname, "http.request.resend_count": attempts || null },
          ...{ "messaging.message.id": message, "faas.invocation_id": executionId },
        },
        isTaken ? null : String(status ?? "no_answer"),
      );
    },
  };
}
