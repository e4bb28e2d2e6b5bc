import type { HeaderList } from "@pulse/schema/wire/job";
import { invoke } from "../executions/invoke.ts";
import { createResolver } from "../functions/resolve.ts";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { isMatch } from "./event-texts.ts";
import { requireEmitterMayCall } from "./may-start.ts";
import type { DeliveryEnd, DueDelivery } from "./store.ts";

/** Calls the function that an event's trigger names, with the event's data as its JSON; its idempotency key makes two tries one call. */
export async function startFunction(
  deps: { ports: Ports; hub: Hub; publicUrl: string },
  { project, subscriber, trigger, event }: DueDelivery,
): Promise<DeliveryEnd> {
  const target = await createResolver(deps).resolve(project, subscriber);
  const place = Number(/^event-(\d+)$/.exec(trigger)?.[1] ?? 0) - 1;
  const wanted = target.live.events[place];
  // It may have changed since.
  if (wanted === undefined || wanted.name !== event.name) return { status: "passed" };
  if (!isMatch(wanted.match ?? null, event.data, deps.ports.now())) return { status: "passed" };
  requireEmitterMayCall(event, { project, name: target.name, permissions: target.live.permissions });
  const bytes = new TextEncoder().encode(JSON.stringify(event.data));
  const headers: HeaderList = [
    ["content-type", "application/json"],
    ["content-length", String(bytes.length)],
  ];
  const { id } = await invoke(
    deps,
    {
      ...{ project, target, credential: event.id, parentId: null },
      trigger: { type: "event", event: event.id, name: event.name, trigger, by: event.by },
      request: { method: "POST", url: `${deps.publicUrl}/f/${target.name}`, path: "/", headers },
      body: { at: "bytes", bytes },
      options: {
        ...{ reply: "accept", waitMs: 0, timeoutMs: null, idempotencyKey: trigger },
        ...{ depth: event.depth, traceparent: null, applied: null },
      },
    },
    new AbortController().signal,
  );
  return { status: "started", executionId: id };
}
