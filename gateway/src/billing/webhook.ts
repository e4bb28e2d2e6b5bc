import type { Billing, Ports } from "../ports.ts";
import { createBillingStore } from "./store.ts";

/**
 * Takes what the provider told. It says only which subscription to look at: how that stands is asked, so that it does not matter in which order
 * events come, how often, or what they say. Throws when the provider cannot be asked, and the event comes again.
 */
export async function takeBillingEvent(
  ports: Pick<Ports, "database" | "now">,
  billing: Billing,
  { body, signature }: { body: Uint8Array; signature: string | null },
  signal: AbortSignal,
): Promise<{ status: "applied" | "duplicate" | "ignored"; project: string | null }> {
  const store = createBillingStore(ports.database);
  const event = await billing.read(body, signature, ports.now());
  if (await store.isKnown(event.id)) return { status: "duplicate", project: null };
  const askedAt = ports.now();
  const found = event.subscription === null ? null : await billing.subscription(event.subscription, signal);
  if (found === null || found.project === null || found.plan === null) {
    await store.ignore(event, askedAt);
    return { status: "ignored", project: null };
  }
  await store.apply(event, found.project, found, askedAt);
  return { status: "applied", project: found.project };
}
