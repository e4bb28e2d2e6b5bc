/** The UTF-8 bytes of texts as they come. */
export async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

/** A body that asks for its next bytes only when its reader has taken the last: a slow reader holds nothing but those. `gone` fires when the reader left. */
export function streamOf(
  bytes: AsyncGenerator<Uint8Array>,
  gone: AbortController,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        gone.abort(reason);
        await bytes.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
