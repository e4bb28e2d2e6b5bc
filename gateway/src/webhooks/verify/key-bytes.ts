import type { Provider } from "@pulse/schema/wire/webhooks";
import type { SecretText } from "./proof.ts";

const publicPrefix = "whpk_";
const secretPrefix = "whsec_";

/** The bytes that a secret's text stands for; null when it stands for none. */
export function keyBytes(secret: string, text: SecretText): Uint8Array<ArrayBuffer> | null {
  try {
    if (text === "text") return new TextEncoder().encode(secret);
    return text === "hex" ? Uint8Array.fromHex(secret) : Uint8Array.fromBase64(secret);
  } catch {
    return null;
  }
}

/** A secret of Standard Webhooks: what it signs with, or the public key that is checked against; null when it is neither. */
export function standardKey(secret: string): { isPublic: boolean; bytes: Uint8Array<ArrayBuffer> } | null {
  const isPublic = secret.startsWith(publicPrefix);
  const encoded = isPublic
    ? secret.slice(publicPrefix.length)
    : secret.slice(secret.startsWith(secretPrefix) ? secretPrefix.length : 0);
  const bytes = keyBytes(encoded, "base64");
  return bytes === null ? null : { isPublic, bytes };
}

const leastChars = 8;

/** What is wrong with a secret for a provider, in words; null: nothing. */
export function secretFault(provider: Provider, secret: string, text: SecretText): string | null {
  if (provider === "standard" || provider === "gitlab") {
    const key = standardKey(secret);
    const isKey =
      key?.isPublic === true
        ? provider === "standard" && key.bytes.length === 32
        : (key?.bytes.length ?? 0) >= 16;
    const other = provider === "standard" ? ", or whpk_ and that of an Ed25519 public key" : "";
    return isKey ? null : `must be whsec_ and the base64 of at least 16 bytes${other}`;
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) return "must be visible ASCII characters without spaces";
  if (secret.length < leastChars) return `must have at least ${leastChars} characters`;
  if (provider === "hmac" && (keyBytes(secret, text)?.length ?? 0) === 0) return `must be ${text}`;
  return null;
}

/** A new secret of the form that a provider takes; null where only the provider makes them. */
export function newSecret(
  provider: Provider,
  text: SecretText,
  random: (bytes: number) => Uint8Array,
): string | null {
  if (provider === "stripe" || provider === "slack") return null;
  const bytes = random(32);
  if (provider === "standard" || provider === "gitlab") return `${secretPrefix}${bytes.toBase64()}`;
  return provider === "hmac" && text === "base64" ? bytes.toBase64() : bytes.toHex();
}
