/**
 * Where functions' networks stand: the range for tests of equipment (RFC 2544), which nobody routes, in parts of 510 addresses. The engine's own
 * pools are used up by about thirty networks.
 */
const first = ipv4("198.18.0.0");
const parts = 256;
const prefix = 23;
const step = 2 ** (32 - prefix);

/** A range of IPv4 addresses, its last one included. */
interface Range {
  from: number;
  to: number;
}

/** The first part of the range that nothing on the host or the engine uses; null when all are used. Which one is tried first is told by `hint`. */
export function freeSubnet(used: readonly string[], hint: number): string | null {
  const taken = used.flatMap((one) => rangeOf(one) ?? []);
  for (let n = 0; n < parts; n++) {
    const from = first + ((hint + n) % parts) * step;
    const isFree = taken.every((range) => range.to < from || range.from > from + step - 1);
    if (isFree) return `${text(from)}/${prefix}`;
  }
  return null;
}

/** The networks of a `/proc/net/route`, without the way to everywhere. */
export function readRoutes(lines: string): string[] {
  return lines.split("\n").flatMap((line) => {
    const [, destination = "", , , , , , mask = ""] = line.split("\t").map((field) => field.trim());
    if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask) || mask === "00000000") return [];
    const bits = [...mirrored(mask).toString(2)].filter((bit) => bit === "1").length;
    return [`${text(mirrored(destination))}/${bits}`];
  });
}

/** Little-endian hex, as the kernel prints addresses. */
function mirrored(hex: string): number {
  return Buffer.from(hex, "hex").readUInt32LE();
}

function rangeOf(subnet: string): Range | null {
  const [network = "", bits = "32"] = subnet.split("/");
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(network)) return null;
  const size = 2 ** (32 - Number(bits));
  const from = Math.floor(ipv4(network) / size) * size;
  return { from, to: from + size - 1 };
}

function ipv4(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function text(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");
}
