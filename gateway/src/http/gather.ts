/** The bytes of all chunks, which have `size` of them together. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** All of a stream; throws what `tooLarge` makes as soon as it is known to have more than `most` bytes. */
export async function gather(
  stream: ReadableStream<Uint8Array>,
  most: number,
  tooLarge: (most: number) => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return joined(chunks, size);
}
