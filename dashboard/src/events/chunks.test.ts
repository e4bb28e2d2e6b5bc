import { expect, test } from "vitest";
import { chunksOf } from "./chunks.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("all chunks come, and a stream that breaks off throws", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes("a"));
      controller.enqueue(bytes("b"));
      controller.close();
    },
  });
  const seen: string[] = [];
  for await (const chunk of chunksOf(body)) seen.push(new TextDecoder().decode(chunk));
  expect(seen).toEqual(["a", "b"]);
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("broken off")),
  });
  await expect(chunksOf(broken).next()).rejects.toThrow("broken off");
});

test("whoever stops early ends the transfer", async () => {
  let isEnded = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes("a")),
    cancel: () => {
      isEnded = true;
    },
  });
  for await (const _ of chunksOf(body)) break;
  expect(isEnded).toBe(true);
});
