import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Emitter } from "@pulse/schema/tables";
import { eventDataMost } from "@pulse/schema/wire/emit";
import type { Ports } from "../ports.ts";
import { createEmittedStore, type Taken } from "./store.ts";

/** An event as it is emitted. */
export interface NewEvent {
  project: string;
  name: string;
  data: unknown;
  /** How deep the call lies that emits it. */
  depth: number;
  /** Who emits it: `key:ci`, `user:ana`, `exe_…`. */
  by: string;
  /** Whose event it is. */
  emitter: Emitter;
  idempotencyKey: string | null;
}

/**
 * Takes an event: it is on disk with a row for each trigger that names it when this returns. With a key that came before it is the event
 * of then. Throws `payload_too_large`, and `idempotency_mismatch` for a key of another event.
 */
export async function emit(
  ports: Pick<Ports, "database" | "now" | "random">,
  event: NewEvent,
): Promise<Taken & { isRepeated: boolean }> {
  const data = JSON.stringify(event.data ?? null);
  const bytes = new TextEncoder().encode(data).length;
  if (bytes > eventDataMost) {
    throw new ProblemError("payload_too_large", `an event has at most ${eventDataMost} bytes, got ${bytes}`);
  }
  const at = ports.now();
  const id = makeId("event", at, ports.random(10));
  const taken = await createEmittedStore(ports.database).add({ ...event, id, at, data });
  if (taken.id !== id && (taken.name !== event.name || taken.data !== data)) {
    throw new ProblemError(
      "idempotency_mismatch",
      `the idempotency key ${JSON.stringify(event.idempotencyKey)} was used for another event`,
      { hint: "Use a new key for every event that differs." },
    );
  }
  return { ...taken, isRepeated: taken.id !== id };
}
