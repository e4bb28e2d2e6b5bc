/// <reference lib="esnext.typedarrays" />

const encoder = new TextEncoder();

/** Lower-case hex sha256 of bytes or UTF-8 text. */
export async function sha256Hex(content: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Base64url without padding, of bytes or UTF-8 text. */
export function toBase64Url(content: Uint8Array | string): string {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The bytes of a base64url text; throws `SyntaxError` when it is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
