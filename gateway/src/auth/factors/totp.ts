const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A step of RFC 6238, milliseconds. */
export const stepMs = 30_000;
const digits = 6;
/** A clock may be off by one step. */
const driftSteps = [0, -1, 1];

/** Base32 (RFC 4648) without padding, as apps for codes read a secret. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((value >> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((value << (5 - bits)) & 31);
}

/** The bytes of a base32 text; throws `SyntaxError` when it is none. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const one of text.replace(/=+$/, "").toUpperCase()) {
    const at = alphabet.indexOf(one);
    if (at < 0) throw new SyntaxError("not a base32 text");
    value = (value << 5) | at;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 255);
    value &= (1 << bits) - 1;
  }
  return new Uint8Array(bytes);
}

/** The code of one step (RFC 4226 with HMAC-SHA-1, which is what every app knows). */
export async function codeOf(
  secret: Uint8Array<ArrayBuffer>,
  step: number,
  length = digits,
): Promise<string> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const at = mac.getUint8(19) & 15;
  const number = (mac.getUint32(at) & 0x7fffffff) % 10 ** length;
  return String(number).padStart(length, "0");
}

/** The step that a code is of, within one step of now and after the last one that was used; null: none. */
export async function stepOfCode(
  secret: Uint8Array<ArrayBuffer>,
  code: string,
  nowMs: number,
  usedStep: number | null,
): Promise<number | null> {
  const now = Math.floor(nowMs / stepMs);
  let found: number | null = null;
  for (const drift of driftSteps) {
    const step = now + drift;
    // Every step is looked at, whatever fits.
    const fits = (await codeOf(secret, step)) === code;
    if (fits && found === null && (usedStep === null || step > usedStep)) found = step;
  }
  return found;
}

/** What an app for codes takes as a QR code. */
export function otpauthUri(secret: string, username: string, host: string): string {
  const label = `Pulse ${host}`;
  const query = new URLSearchParams({ secret, issuer: label, algorithm: "SHA1", digits: "6", period: "30" });
  return `otpauth://totp/${encodeURIComponent(label)}:${encodeURIComponent(username)}?${query.toString().replaceAll("+", "%20")}`;
}
