import * as z from "zod";

/** A range of addresses: what it begins with, and how many bits of that count. */
export interface AddressRange {
  bytes: readonly number[];
  bits: number;
}

/** The 4 or 16 bytes of an address, an IPv4 address within IPv6 (`::ffff:1.2.3.4`) as the 4 that it is; null: no address. */
export function addressBytes(text: string): readonly number[] | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return fourBytes(text);
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(":")) return null;
  const tail = /^(.*:)(\d[\d.]+\.\d+)$/.exec(text);
  const four = tail === null ? null : fourBytes(tail[2] ?? "");
  if (tail !== null && four === null) return null;
  const hex = four === null ? text : `${tail?.[1]}${pairsOf(four).join(":")}`;
  const bytes = sixteenBytes(hex);
  if (bytes === null) return null;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

function fourBytes(text: string): number[] | null {
  const parts = text.split(".");
  // A leading zero is octal to some readers and decimal to others.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function pairsOf(bytes: readonly number[]): string[] {
  const pairs: string[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    pairs.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  }
  return pairs;
}

function sixteenBytes(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = (half: string | undefined) => (half === undefined || half === "" ? [] : half.split(":"));
  const [left, right] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...left, ...new Array<string>(halves.length === 2 ? missing : 0).fill("0"), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return all.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address; null: none of these. */
export function readRange(text: string): AddressRange | null {
  const [address = "", length, ...rest] = text.split("/");
  const bytes = addressBytes(address);
  if (bytes === null || rest.length > 0) return null;
  const most = bytes.length * 8;
  if (length === undefined) return { bytes, bits: most };
  if (!/^\d{1,3}$/.test(length)) return null;
  // The length of a range that was written as IPv4 within IPv6 counts from the front of the 128 bits.
  const bits = Number(length) - (address.includes(":") && most === 32 ? 96 : 0);
  return bits >= 0 && bits <= most ? { bytes, bits } : null;
}

/** Whether an address lies in a range; one of the other length never does. */
export function isInRange(bytes: readonly number[], range: AddressRange): boolean {
  if (bytes.length !== range.bytes.length) return false;
  return bytes.every((byte, i) => {
    const bits = Math.max(0, Math.min(8, range.bits - i * 8));
    const mask = 256 - 2 ** (8 - bits);
    return (byte & mask) === ((range.bytes[i] ?? 0) & mask);
  });
}

function written(bytes: readonly number[]): string {
  return bytes.length === 4 ? bytes.join(".") : pairsOf(bytes).join(":");
}

/**
 * The address of whoever made a request, in one form for each address; null: it is not known. A proxy that is trusted says who called it with
 * `X-Forwarded-For`, of which the right-most hop counts that is no trusted proxy: what stands left of it, the caller may have written.
 * Nobody else's header counts.
 */
export function callerAddress(
  peer: string | null,
  forwardedFor: string | null,
  trusted: readonly AddressRange[],
): string | null {
  const isTrusted = (bytes: readonly number[]) => trusted.some((range) => isInRange(bytes, range));
  let caller = peer === null ? null : addressBytes(withoutZone(peer));
  if (caller === null || forwardedFor === null || !isTrusted(caller)) {
    return caller === null ? null : written(caller);
  }
  for (const hop of forwardedFor.split(",").reverse()) {
    const bytes = addressBytes(withoutPort(hop.trim()));
    // Whoever wrote this is not to be believed any further.
    if (bytes === null) break;
    caller = bytes;
    if (!isTrusted(bytes)) break;
  }
  return written(caller);
}

function withoutZone(text: string): string {
  return text.split("%", 1)[0] ?? "";
}

/** Some proxies write the port too: `1.2.3.4:5678`, `[2001:db8::1]:5678`. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](:\d{1,5})?$/.exec(text);
  return bracketed?.[1] ?? text.replace(/^([\d.]+):\d{1,5}$/, "$1");
}

/** What an address is counted under: itself, or its /64 in IPv6, of which one customer has all addresses. */
export function addressGroup(address: string): string {
  const bytes = addressBytes(address);
  return bytes === null || bytes.length === 4 ? address : `${pairsOf(bytes.slice(0, 8)).join(":")}::/64`;
}

/** Addresses and ranges of trusted proxies, separated by commas. */
export const addressRanges = z.string().transform((text, context) => {
  const given = text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
  const ranges: AddressRange[] = [];
  for (const one of given) {
    const range = readRange(one);
    if (range !== null) ranges.push(range);
    else {
      const message = `must be addresses or ranges such as 10.0.0.0/8, got ${JSON.stringify(one)}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  }
  return ranges;
});
