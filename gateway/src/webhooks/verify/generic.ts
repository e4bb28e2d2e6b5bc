import { type HmacSettings, idSeparator } from "@pulse/schema/wire/webhooks";
import {
  type About,
  base64Digest,
  hexDigest,
  type Incoming,
  type Proof,
  timeOf,
  withBody,
  wordOf,
} from "./proof.ts";

const digests = {
  sha256: { hash: "SHA-256", bytes: 32, digits: 64 },
  sha512: { hash: "SHA-512", bytes: 64, digits: 128 },
  sha1: { hash: "SHA-1", bytes: 20, digits: 40 },
} as const;

/** An HMAC in a header, as the endpoint's settings say. An id that is signed must be there, and without what separates it from the rest: else it proves nothing. */
export function generic({ header, body }: Incoming, settings: HmacSettings): Proof | null {
  const { hash, bytes, digits } = digests[settings.algorithm];
  const text = header(settings.header);
  if (text === null || !text.startsWith(settings.prefix)) return null;
  const given = text.slice(settings.prefix.length);
  const digest = settings.encoding === "hex" ? hexDigest(given, digits) : base64Digest(given, bytes);
  if (digest === null) return null;
  const { timestampHeader, idHeader, signed } = settings;
  const at = timestampHeader === null ? null : header(timestampHeader);
  const time = timeOf(at);
  if (timestampHeader !== null && time === null) return null;
  const id = idHeader === null ? "" : (header(idHeader) ?? "");
  const separator = idSeparator(signed);
  if (separator !== null && (id === "" || id.includes(separator))) return null;
  const filled = (part: string) => part.replaceAll("{timestamp}", at ?? "").replaceAll("{id}", () => id);
  const [before = "", after = ""] = signed.split("{body}");
  return {
    ...{ kind: "hmac", hash, secret: settings.secretEncoding, need: "all", time, signatures: [digest] },
    signed: withBody(filled(before), body, filled(after)),
  };
}

/** What a request says in the headers that the settings name. */
export function aboutGeneric({ header }: Incoming, { idHeader, eventHeader }: HmacSettings): About {
  return {
    delivery: idHeader === null ? null : wordOf(header(idHeader), idHeader),
    event: eventHeader === null ? null : wordOf(header(eventHeader), eventHeader),
  };
}
