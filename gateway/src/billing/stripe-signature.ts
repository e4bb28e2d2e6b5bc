import { ProblemError } from "@pulse/schema/problem";

/** How far the time of a signature may be from ours, milliseconds: what Stripe's own libraries take. */
const toleranceMs = 300_000;

/**
 * Throws `invalid_signature` unless these very bytes were signed with the secret less than five minutes ago (Stripe's scheme `v1`: HMAC-SHA256
 * of `timestamp.body`; a header may have several while a secret is replaced).
 */
export async function checkStripeSignature(
  body: Uint8Array,
  header: string | null,
  secret: string,
  now: number,
): Promise<void> {
  const parts = (header ?? "").split(",").map((part) => part.trim().split("=", 2));
  const time = parts.find(([name]) => name === "t")?.[1] ?? "";
  const signatures = parts.flatMap(([name, value]) => (name === "v1" ? (bytesOfHex(value ?? "") ?? []) : []));
  if (!/^\d{1,12}$/.test(time) || signatures.length === 0)
    throw refused("has no signature that is understood");
  const head = new TextEncoder().encode(`${time}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const raw = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  let isGood = false;
  // All of them, so that the time does not tell which was near. The comparison itself is the platform's, in constant time.
  for (const one of signatures) isGood = (await crypto.subtle.verify("HMAC", key, one, signed)) || isGood;
  if (!isGood) throw refused("is not signed with the webhook's secret");
  if (Math.abs(now - Number(time) * 1000) > toleranceMs)
    throw refused("was signed more than five minutes ago");
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer>[] | null {
  return /^[0-9a-f]{64}$/.test(text) ? [Uint8Array.fromHex(text)] : null;
}

function refused(why: string): ProblemError {
  return new ProblemError("invalid_signature", `this event ${why}`);
}
