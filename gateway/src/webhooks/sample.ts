import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import { type HmacSettings, hmacByDefault, type Provider } from "@pulse/schema/wire/webhooks";
import { keyBytes, standardKey } from "./verify/key-bytes.ts";
import { withBody } from "./verify/proof.ts";

/** A sample as it is to be signed. */
export interface Sample {
  provider: Provider;
  hmac: HmacSettings | null;
  secret: string;
  /** What it is called; another one is another delivery. */
  id: string;
  event: string | null;
  payload: unknown;
  /** Epoch milliseconds. */
  now: number;
}

const hashes = { sha256: "SHA-256", sha512: "SHA-512", sha1: "SHA-1" } as const;
const push = { ref: "refs/heads/main", commits: [], repository: { full_name: "team/app" } };

/** What a provider would send when nobody says what. */
function payloadOf({ provider, payload, event, id, now }: Sample): unknown {
  if (payload !== undefined) return payload;
  const seconds = Math.floor(now / 1000);
  switch (provider) {
    case "stripe":
      return { id, object: "event", created: seconds, type: event ?? "invoice.paid", data: { object: {} } };
    case "slack":
      return {
        type: "event_callback",
        event_id: id,
        event_time: seconds,
        event: { type: event ?? "app_mention" },
      };
    case "standard":
      return { type: event ?? "test", timestamp: new Date(now).toISOString(), data: {} };
    case "hmac":
      return { test: true };
    default:
      return push;
  }
}

/** A request as the provider would send it, signed with the secret. Throws `conflict` where only the provider can sign. */
export async function signedSample(
  sample: Sample,
): Promise<{ headers: HeaderList; body: Uint8Array<ArrayBuffer> }> {
  const body = new TextEncoder().encode(JSON.stringify(payloadOf(sample)));
  const own = await headersOf(sample, body);
  const about: HeaderList = [
    ["content-type", "application/json"],
    ["content-length", String(body.length)],
    ["user-agent", "Pulse"],
  ];
  return { headers: [...about, ...own], body };
}

async function headersOf(sample: Sample, body: Uint8Array<ArrayBuffer>): Promise<HeaderList> {
  const { provider, secret, id, now } = sample;
  const event = sample.event ?? (provider.startsWith("gitlab") ? "Push Hook" : "push");
  const at = String(Math.floor(now / 1000));
  const hex = async (before: string) => (await mac(secret, withBody(before, body))).toHex();
  switch (provider) {
    case "github":
      return [
        ["x-hub-signature-256", `sha256=${await hex("")}`],
        ["x-github-event", event],
        ["x-github-delivery", id],
      ];
    case "gitea":
      return [
        ["x-gitea-signature", await hex("")],
        ["x-gitea-event", event],
        ["x-gitea-delivery", id],
      ];
    case "forgejo":
      return [
        ["x-forgejo-signature", await hex("")],
        ["x-forgejo-event", event],
        ["x-forgejo-delivery", id],
      ];
    case "gitlab-token":
      return [
        ["x-gitlab-token", secret],
        ["x-gitlab-event", event],
        ["idempotency-key", id],
      ];
    case "gitlab":
      return [...(await standardHeaders(secret, id, at, body)), ["x-gitlab-event", event]];
    case "standard":
      return await standardHeaders(secret, id, at, body);
    case "stripe":
      return [["stripe-signature", `t=${at},v1=${await hex(`${at}.`)}`]];
    case "slack":
      return [
        ["x-slack-request-timestamp", at],
        ["x-slack-signature", `v0=${await hex(`v0:${at}:`)}`],
      ];
    case "hmac":
      return await genericHeaders(sample.hmac ?? hmacByDefault, { ...sample, event }, at, body);
  }
}

async function standardHeaders(
  secret: string,
  id: string,
  at: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<HeaderList> {
  const key = standardKey(secret);
  if (key === null || key.isPublic) {
    throw new ProblemError("conflict", "only the sender can sign: the gateway has its public key alone");
  }
  const signature = (await macWith(key.bytes, "SHA-256", withBody(`${id}.${at}.`, body))).toBase64();
  return [
    ["webhook-id", id],
    ["webhook-timestamp", at],
    ["webhook-signature", `v1,${signature}`],
  ];
}

async function genericHeaders(
  settings: HmacSettings,
  { secret, id, event }: Pick<Sample, "secret" | "id" | "event">,
  at: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<HeaderList> {
  const filled = (part: string) => part.replaceAll("{timestamp}", at).replaceAll("{id}", id);
  const [before = "", after = ""] = settings.signed.split("{body}");
  const raw = keyBytes(secret, settings.secretEncoding) ?? new Uint8Array(1);
  const digest = await macWith(
    raw,
    hashes[settings.algorithm],
    withBody(filled(before), body, filled(after)),
  );
  const { header, prefix, encoding, timestampHeader, idHeader, eventHeader } = settings;
  const headers: HeaderList = [
    [header, `${prefix}${encoding === "hex" ? digest.toHex() : digest.toBase64()}`],
  ];
  if (timestampHeader !== null) headers.push([timestampHeader, at]);
  if (idHeader !== null) headers.push([idHeader, id]);
  if (eventHeader !== null && event !== null) headers.push([eventHeader, event]);
  return headers;
}

async function mac(secret: string, signed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return await macWith(new TextEncoder().encode(secret), "SHA-256", signed);
}

async function macWith(
  raw: Uint8Array<ArrayBuffer>,
  hash: string,
  signed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
}
