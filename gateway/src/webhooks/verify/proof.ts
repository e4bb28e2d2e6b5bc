import { ProblemError } from "@pulse/schema/problem";

/** A request to an endpoint, as it came: its headers, and its body to the byte. */
export interface Incoming {
  header(name: string): string | null;
  body: Uint8Array<ArrayBuffer>;
}

/** What a request shows to be from whom it says. Where it cannot be read there is none: a fault told before anything is proved would tell of the endpoint. */
export type Proof =
  | {
      kind: "hmac";
      hash: "SHA-256" | "SHA-512" | "SHA-1";
      /** How the secret's text becomes a key. */
      secret: SecretText;
      signed: Uint8Array<ArrayBuffer>;
      signatures: readonly Uint8Array<ArrayBuffer>[];
      /** Whether all of them must be right, or one is enough. */
      need: "any" | "all";
      /** When it was signed, seconds; null: the provider does not say. */
      time: number | null;
    }
  | { kind: "token"; token: string }
  | {
      kind: "standard";
      signed: Uint8Array<ArrayBuffer>;
      hmac: readonly Uint8Array<ArrayBuffer>[];
      ed25519: readonly Uint8Array<ArrayBuffer>[];
      time: number;
    };

/** How the text of a secret stands for the bytes of a key. */
export type SecretText = "text" | "base64" | "hex";

/** What a delivery says of itself: its id (null: none) and the name of what happened. Neither is proof of anything. */
export interface About {
  delivery: string | null;
  event: string | null;
}

const digestHex = { 64: 64, 40: 40, 128: 128 } as const;

/** The bytes of a digest in lower-case hex; null for anything else. */
export function hexDigest(
  text: string | null | undefined,
  digits: keyof typeof digestHex = 64,
): Uint8Array<ArrayBuffer> | null {
  return text?.length === digits && /^[0-9a-f]+$/.test(text) ? Uint8Array.fromHex(text) : null;
}

/** The bytes of base64 with its padding; null for anything else, and when there are not so many. */
export function base64Digest(text: string | null | undefined, bytes: number): Uint8Array<ArrayBuffer> | null {
  if (text?.length !== Math.ceil(bytes / 3) * 4) return null;
  try {
    const read = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    return read.length === bytes ? read : null;
  } catch {
    return null;
  }
}

/** A text and the body after it, as bytes. */
export function withBody(before: string, body: Uint8Array<ArrayBuffer>, after = ""): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(before);
  const tail = new TextEncoder().encode(after);
  const all = new Uint8Array(head.length + body.length + tail.length);
  all.set(head);
  all.set(body, head.length);
  all.set(tail, head.length + body.length);
  return all;
}

/** Seconds since 1970 of a header; null for what is no such number. */
export function timeOf(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{9,11}$/.test(text) ? Number(text) : null;
}

/** An id or a name in a header; null without one; throws `bad_request` for one that no provider sends. */
export function wordOf(text: string | null, name: string): string | null {
  if (text === null || text === "") return null;
  if (text.length <= 255 && /^[\x20-\x7e]+$/.test(text)) return text;
  throw new ProblemError("bad_request", `${name} must be at most 255 visible ASCII characters`);
}

/** The problem of everything that does not prove where it comes from; an endpoint that is not there says the same. */
export function unsigned(): ProblemError {
  return new ProblemError("invalid_signature", "the request is not signed with the secret of this webhook");
}
