/** So much goes into the decompressor at a time. */
const partBytes = 2 ** 16;

/** What was packed by gzip, in parts, so that it is nowhere whole. Throws `TypeError` for what is no gzip or is cut off. */
export async function* gunzipParts(packed: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array> {
  let at = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= packed.length) return controller.close();
      controller.enqueue(packed.subarray(at, at + partBytes));
      at += partBytes;
    },
  });
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    // Of what is left nothing is wanted, also where it is damaged.
    await reader.cancel().catch(() => undefined);
  }
}
