import { ProblemError } from "@pulse/schema/problem";
import { sha256Hex } from "../http/encoding.ts";
import type { MasterKey } from "../ports.ts";

const keyBytes = 32;
const differentLeast = 8;

/**
 * Reads master keys as they are written: 32 random bytes each, in base64 (as `openssl rand -base64 32` writes them) or hex, separated by commas or
 * line ends; the first seals, the others only open. A key's id comes from the key itself, so that a wrong one is known before anything is written.
 * Throws `validation_failed`, without anything of a key.
 */
export async function readMasterKeys(text: string): Promise<MasterKey[]> {
  const written = text.split(/[\s,]+/).filter((one) => one !== "");
  if (written.length === 0) throw wrong("holds no key");
  const keys: MasterKey[] = [];
  for (const [index, one] of written.entries()) {
    const which = written.length === 1 ? "" : `key ${index + 1} `;
    const bytes = bytesOf(one);
    if (bytes === null) throw wrong(`${which}must be 32 random bytes in base64 or hex`);
    if (bytes.length < keyBytes) throw wrong(`${which}has ${bytes.length} bytes, and must have ${keyBytes}`);
    if (bytes.length > keyBytes) throw wrong(`${which}has more than ${keyBytes} bytes`);
    if (new Set(bytes).size < differentLeast) throw wrong(`${which}is not random`);
    const key = await masterKeyOf(bytes);
    if (!keys.some(({ id }) => id === key.id)) keys.push(key);
  }
  return keys;
}

/** The master key of 32 bytes, with its id. */
export async function masterKeyOf(bytes: Uint8Array<ArrayBuffer>): Promise<MasterKey> {
  const named = new Uint8Array([...new TextEncoder().encode("pulse master key id\n"), ...bytes]);
  return { id: `mk_${(await sha256Hex(named)).slice(0, 16)}`, bytes };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Uint8Array.fromHex(text);
  try {
    return Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
}

function wrong(what: string): ProblemError {
  const detail = `PULSE_MASTER_KEY ${what}`;
  return new ProblemError("validation_failed", detail, {
    errors: [{ pointer: "PULSE_MASTER_KEY", detail: what }],
    hint: "Make one with: openssl rand -base64 32",
  });
}
