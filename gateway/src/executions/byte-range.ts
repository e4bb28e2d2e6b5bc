/** The first and the last byte of a part, both included. */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * The part that a `Range` header asks for of something with `total` bytes (RFC 9110 section 14.2). Null: the whole, for a header that is
 * malformed, asks for several parts or counts in other units is to be ignored.
 */
export function readRange(header: string, total: number): ByteRange | "unsatisfiable" | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header.replaceAll(" ", "")) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  if (first === "") {
    const length = Math.min(Number(last), total);
    return length === 0 ? "unsatisfiable" : { from: total - length, to: total - 1 };
  }
  if (last !== "" && Number(last) < Number(first)) return null;
  if (Number(first) >= total) return "unsatisfiable";
  return { from: Number(first), to: Math.min(last === "" ? total : Number(last), total - 1) };
}

/** The bytes of a range out of chunks that come in order; ends, and ends its source, with the last of them. */
export async function* sliceOf(
  chunks: AsyncIterable<Uint8Array>,
  { from, to }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to + 1 - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at > to) return;
  }
}
