import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type StreamForm } from "./hub-message.ts";

const part = (text: string) => new TextEncoder().encode(text);

function streamOf(chunks: Uint8Array[], end: "close" | Error = "close"): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (end === "close") controller.close();
      else controller.error(end);
    },
  });
}

const bodyOf = (encoded: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) => new Response(encoded).body;
const textOf = (stream: ReadableStream<Uint8Array> | null) => new Response(stream).text();

/** The first bytes of a body that then ends as if it were whole: how workerd shows a broken request. */
async function cutAfter(body: ReadableStream<Uint8Array> | null, length: number) {
  const whole = new Uint8Array(await new Response(body).arrayBuffer());
  return streamOf([whole.subarray(0, length)]);
}

describe.each<StreamForm>(["framed", "plain"])("a %s message", (form) => {
  test("without a stream comes back as it was", async () => {
    const value = { a: [1, "ñ", null], b: "x".repeat(100_000) };
    const { value: seen, stream } = await decodeMessage(
      bodyOf(encodeMessage({ value, stream: null }, form)),
      form,
    );
    expect([seen, stream]).toEqual([value, null]);
  });

  test("with a stream brings its bytes in order, empty chunks and all", async () => {
    const stream = streamOf([part("one "), part(""), part("two "), part("x".repeat(200_000))]);
    const decoded = await decodeMessage(bodyOf(encodeMessage({ value: 1, stream }, form)), form);
    expect(await textOf(decoded.stream)).toBe(`one two ${"x".repeat(200_000)}`);
  });

  test("whose stream fails fails at the other end", async () => {
    const stream = streamOf([part("one ")], new Error("the source broke"));
    const decoded = await decodeMessage(bodyOf(encodeMessage({ value: 1, stream }, form)), form);
    await expect(textOf(decoded.stream)).rejects.toThrow();
  });

  test("whose stream is not wanted any more cancels the source", async () => {
    const cancelled = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(part("more ")),
      cancel: () => cancelled.resolve(),
    });
    const decoded = await decodeMessage(bodyOf(encodeMessage({ value: 1, stream }, form)), form);
    const reader = decoded.stream?.getReader();
    await reader?.read();
    await reader?.cancel();
    await cancelled.promise;
  });

  test("that ends within its head is unavailable", async () => {
    const body = await cutAfter(bodyOf(encodeMessage({ value: { a: 1 }, stream: null }, form)), 6);
    await expect(decodeMessage(body, form)).rejects.toMatchObject({ code: "unavailable" });
  });
});

test("a framed stream whose end is missing fails, however clean its body ended", async () => {
  const body = bodyOf(encodeMessage({ value: 1, stream: streamOf([part("one "), part("two ")]) }, "framed"));
  const whole = new Uint8Array(await new Response(body).arrayBuffer());
  for (const missing of [1, 4, 5, 8]) {
    const cut = streamOf([whole.subarray(0, whole.length - missing)]);
    const decoded = await decodeMessage(cut, "framed");
    await expect(textOf(decoded.stream)).rejects.toMatchObject({ code: "unavailable" });
  }
});
