const polynomial = 0x82f63b78;

/** Four tables, so that four bytes take one step. */
const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (const table of tables) {
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    table[byte] = sum;
  }
}
const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

/** The CRC-32C (Castagnoli) of bytes, as an unsigned number: it tells damage, not malice. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  let at = 0;
  const at4 = bytes.length - (bytes.length % 4);
  for (; at < at4; at += 4) {
    sum ^=
      byte(bytes, at) |
      (byte(bytes, at + 1) << 8) |
      (byte(bytes, at + 2) << 16) |
      (byte(bytes, at + 3) << 24);
    sum =
      byte(t3, sum & 255) ^ byte(t2, (sum >>> 8) & 255) ^ byte(t1, (sum >>> 16) & 255) ^ byte(t0, sum >>> 24);
  }
  for (; at < bytes.length; at++) sum = (sum >>> 8) ^ byte(t0, (sum ^ byte(bytes, at)) & 255);
  return (sum ^ 0xffffffff) >>> 0;
}

/** An element that is there. */
function byte(list: Uint8Array | Uint32Array, at: number): number {
  return list[at] as number;
}

/** The value of `Content-Digest` (RFC 9530) for bytes: their CRC-32C, big-endian, in base64. */
export function contentDigestOf(bytes: Uint8Array): string {
  const sum = new Uint8Array(4);
  new DataView(sum.buffer).setUint32(0, crc32c(bytes));
  return `crc32c=:${btoa(String.fromCharCode(...sum))}:`;
}
