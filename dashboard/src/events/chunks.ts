/** The chunks of a body as they come; whoever stops early ends the transfer. Safari cannot iterate over a stream by itself. */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Of one that broke off there is nothing left to end.
    await reader.cancel().catch(() => undefined);
  }
}
