import { type About, base64Digest, type Incoming, type Proof, timeOf, withBody, wordOf } from "./proof.ts";

const signaturesMost = 10;

/**
 * Standard Webhooks 1.0.0: `v1,` is HMAC-SHA256 and `v1a,` Ed25519, each over `id.timestamp.body`. An id with a dot proves nothing, for what is
 * signed would then have two readings.
 */
export function standard({ header, body }: Incoming): Proof | null {
  const id = header("webhook-id");
  const at = header("webhook-timestamp");
  const list = header("webhook-signature");
  if (id === null || id === "" || at === null || list === null) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(id) || /[.,]/.test(id)) return null;
  const time = timeOf(at);
  if (time === null) return null;
  const given = list.split(" ").filter((one) => one !== "");
  if (given.length > signaturesMost) return null;
  const valuesOf = (version: string, bytes: number) =>
    given
      .filter((one) => one.startsWith(`${version},`))
      .flatMap((one) => base64Digest(one.slice(version.length + 1), bytes) ?? []);
  return {
    ...{ kind: "standard", time, hmac: valuesOf("v1", 32), ed25519: valuesOf("v1a", 64) },
    signed: withBody(`${id}.${at}.`, body),
  };
}

/** What a message says: its id, and the type in its payload. */
export function aboutStandard({ header }: Incoming, payload: unknown): About {
  const type =
    typeof payload === "object" && payload !== null && "type" in payload && typeof payload.type === "string"
      ? payload.type
      : null;
  return { delivery: header("webhook-id"), event: wordOf(type, "the message's type") };
}
