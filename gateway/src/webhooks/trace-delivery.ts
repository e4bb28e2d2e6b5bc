import type { HeaderList } from "@pulse/schema/wire/job";
import type { Ports } from "../ports.ts";
import { openSpan, startEnds } from "../tracing/open-span.ts";
import type { DeliveryRow } from "./delivery-store.ts";
import type { WebhookRow } from "./store.ts";

/** The headers of a request that is a part of something: they are kept, so that whoever starts a delivery later goes on in the same trace. */
export function withTraceparent(headers: HeaderList, traceparent: string | null): HeaderList {
  if (traceparent === null) return headers;
  const others = headers.filter(([name]) => name.toLowerCase() !== "traceparent");
  return [...others, ["traceparent", traceparent]];
}

/** The span of one try to start what a delivery is for; what it starts is a part of it. */
export function traceDelivery(
  ports: Pick<Ports, "tracing" | "now" | "random">,
  { name }: Pick<WebhookRow, "name">,
  { id, tries, headers }: Pick<DeliveryRow, "id" | "tries" | "headers">,
) {
  const given = headers.find(([header]) => header === "traceparent")?.[1] ?? null;
  const span = openSpan(ports, given, { name: `process ${name}`, kind: "consumer" });
  const about = {
    ...{ "messaging.system": "pulse", "messaging.operation.name": "process" },
    ...{ "messaging.operation.type": "process", "messaging.destination.name": name },
    ...{ "messaging.message.id": id, "pulse.trigger": "webhook", "pulse.attempt": tries },
  };
  return startEnds(span, about);
}
