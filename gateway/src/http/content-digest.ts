/// <reference lib="esnext.typedarrays" />
import { contentDigestOf } from "@pulse/schema/crc32c";
import { ProblemError } from "@pulse/schema/problem";

const entry = /(?:^|,)\s*(crc32c|sha-256)=(:[A-Za-z0-9+/=]*:)/g;

/**
 * Compares a body with what its `Content-Digest` (RFC 9530) says: CRC-32C, which runners send, or SHA-256; other digests are for other readers. Throws
 * `digest_mismatch` for a body that was damaged on its way, of which nothing was taken then.
 */
export async function checkContentDigest(headers: Headers, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const text = headers.get("content-digest");
  if (text === null) return;
  for (const [, name = "", said] of text.matchAll(entry)) {
    const seen = name === "crc32c" ? contentDigestOf(bytes).slice("crc32c=".length) : await sha256Of(bytes);
    if (seen === said) continue;
    const detail = `the ${name} of the body is ${seen}, and its Content-Digest says ${said}`;
    throw new ProblemError("digest_mismatch", detail);
  }
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64()}:`;
}
