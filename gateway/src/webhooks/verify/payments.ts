import { type About, hexDigest, type Incoming, type Proof, timeOf, withBody, wordOf } from "./proof.ts";

const signaturesMost = 10;

/** Stripe: `t=…,v1=…`, several `v1` while a secret is rotated; other schemes count for nothing. */
export function stripe({ header, body }: Incoming): Proof | null {
  const text = header("stripe-signature");
  if (text === null) return null;
  const parts = text.split(",").map((part) => part.trim());
  const valuesOf = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
  const times = valuesOf("t");
  const given = valuesOf("v1");
  if (parts.some((part) => !part.includes("="))) return null;
  if (times.length !== 1 || given.length === 0 || given.length > signaturesMost) return null;
  const time = timeOf(times[0]);
  if (time === null) return null;
  const signatures = given.flatMap((one) => hexDigest(one) ?? []);
  return {
    ...{ kind: "hmac", hash: "SHA-256", secret: "text", need: "any", time, signatures },
    signed: withBody(`${times[0]}.`, body),
  };
}

/** Slack: `v0=` and hex over `v0:time:body`. */
export function slack({ header, body }: Incoming): Proof | null {
  const text = header("x-slack-signature");
  const digest = text?.startsWith("v0=") ? hexDigest(text.slice(3)) : null;
  if (digest === null) return null;
  const at = header("x-slack-request-timestamp");
  const time = timeOf(at);
  if (time === null) return null;
  return {
    ...{ kind: "hmac", hash: "SHA-256", secret: "text", need: "all", time, signatures: [digest] },
    signed: withBody(`v0:${at}:`, body),
  };
}

/** What Stripe's event says: its own id and type. */
export function aboutStripe(payload: unknown): About {
  const { id, type } = fieldsOf(payload);
  return { delivery: textOf(id, "the event's id"), event: textOf(type, "the event's type") };
}

/** What Slack's request says: an event's id and type, or a command's trigger and name. */
export function aboutSlack(payload: unknown): About {
  const { event_id, event, trigger_id, command, type, payload: inner } = fieldsOf(payload);
  const { trigger_id: innerTrigger, type: innerType } = fieldsOf(jsonOf(inner));
  return {
    delivery: textOf(event_id ?? trigger_id ?? innerTrigger, "the event's id"),
    event: textOf(fieldsOf(event).type ?? command ?? innerType ?? type, "the event's type"),
  };
}

/** The word that Slack wants to hear back when the address is set there; null for everything else. */
export function slackChallenge(payload: unknown): string | null {
  const { type, challenge } = fieldsOf(payload);
  return type === "url_verification" && typeof challenge === "string" && challenge.length <= 1000
    ? challenge
    : null;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? // Any object can be read by names.
      (value as Record<string, unknown>)
    : {};
}

function textOf(value: unknown, name: string): string | null {
  return typeof value === "string" ? wordOf(value, name) : null;
}

function jsonOf(text: unknown): unknown {
  if (typeof text !== "string") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
