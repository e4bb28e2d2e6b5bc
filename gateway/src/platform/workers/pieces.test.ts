import { expect, test } from "vitest";
import { piecesOf } from "./pieces.ts";

const bytes = (length: number) => new Uint8Array(length).map((_, i) => i % 251);

async function lengths(content: Uint8Array | ReadableStream<Uint8Array>, size: number): Promise<number[]> {
  const found: number[] = [];
  for await (const piece of piecesOf(content, size)) found.push(piece.length);
  return found;
}

test.each([
  [0, []],
  [1, [1]],
  [9, [9]],
  [10, [10]],
  [11, [10, 1]],
  [35, [10, 10, 10, 5]],
])("%d bytes in pieces of ten are %j", async (length, expected) => {
  expect(await lengths(bytes(length), 10)).toEqual(expected);
});

test("chunks of any size make the same bytes in the same order", async () => {
  const whole = bytes(1000);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0, size = 1; at < whole.length; at += size++)
        controller.enqueue(whole.subarray(at, at + size));
      controller.close();
    },
  });
  const joined: number[] = [];
  for await (const piece of piecesOf(stream, 64)) joined.push(...piece);
  expect(joined).toEqual([...whole]);
});

test("whoever stops reading cancels the source", async () => {
  const cancelled = Promise.withResolvers<void>();
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes(10)),
    cancel: () => cancelled.resolve(),
  });
  for await (const piece of piecesOf(endless, 10)) {
    expect(piece.length).toBe(10);
    break;
  }
  await cancelled.promise;
});
