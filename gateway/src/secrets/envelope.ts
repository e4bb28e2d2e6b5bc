import type { MasterKey } from "../ports.ts";

/** What a sealed value belongs to. It opens as nothing else. */
export interface Place {
  project: string;
  kind: string;
  name: string;
  version: number;
}

/** A value as the database keeps it. */
export interface Envelope {
  keyId: string;
  /** The data key, wrapped under the master key `keyId`. */
  wrappedKey: Uint8Array<ArrayBuffer>;
  sealed: Uint8Array<ArrayBuffer>;
}

const ivBytes = 12;
const keyBytes = 32;

/** Seals a value with AES-256-GCM under a data key of its own, and that under the master key; both are bound to the place. */
export async function seal(
  value: string,
  place: Place,
  master: MasterKey,
  random: (bytes: number) => Uint8Array,
): Promise<Envelope> {
  const dataKey = new Uint8Array(random(keyBytes));
  const sealed = await encrypt(dataKey, new TextEncoder().encode(value), boundTo(place), random);
  const wrappedKey = await encrypt(master.bytes, dataKey, boundTo(place, master.id), random);
  return { keyId: master.id, wrappedKey, sealed };
}

/** The value in an envelope; null when it was changed, moved from elsewhere, or is wrapped under another key. */
export async function open(
  { keyId, wrappedKey, sealed }: Envelope,
  place: Place,
  master: MasterKey,
): Promise<string | null> {
  const dataKey = await decrypt(master.bytes, wrappedKey, boundTo(place, keyId));
  if (dataKey === null) return null;
  const value = await decrypt(dataKey, sealed, boundTo(place));
  return value === null ? null : new TextDecoder().decode(value);
}

/** The data key of an envelope wrapped under another master key; the value is not looked at. Null as with `open`. */
export async function rewrap(
  { keyId, wrappedKey }: Envelope,
  place: Place,
  from: MasterKey,
  to: MasterKey,
  random: (bytes: number) => Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const dataKey = await decrypt(from.bytes, wrappedKey, boundTo(place, keyId));
  return dataKey === null ? null : encrypt(to.bytes, dataKey, boundTo(place, to.id), random);
}

/** Additional data that decrypting asks for again. JSON, so that no two places have the same text. */
function boundTo({ project, kind, name, version }: Place, keyId?: string): Uint8Array<ArrayBuffer> {
  const parts = ["pulse:v1", project, kind, name, version, ...(keyId === undefined ? [] : [keyId])];
  return new TextEncoder().encode(JSON.stringify(parts));
}

async function encrypt(
  key: Uint8Array<ArrayBuffer>,
  plain: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
  random: (bytes: number) => Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = new Uint8Array(random(ivBytes));
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const cipher = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, imported, plain);
  const whole = new Uint8Array(ivBytes + cipher.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(cipher), ivBytes);
  return whole;
}

async function decrypt(
  key: Uint8Array<ArrayBuffer>,
  whole: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const iv = whole.slice(0, ivBytes);
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, imported, whole.slice(ivBytes)));
  } catch {
    return null;
  }
}
