import { expect, test } from "vitest";
import { type ByteRange, readRange, sliceOf } from "./byte-range.ts";

test.each<[header: string, ByteRange | "unsatisfiable" | null]>([
  ["bytes=0-0", { from: 0, to: 0 }],
  ["bytes=2-5", { from: 2, to: 5 }],
  ["bytes=2-", { from: 2, to: 9 }],
  ["bytes=2-99", { from: 2, to: 9 }],
  ["bytes=-3", { from: 7, to: 9 }],
  ["bytes=-99", { from: 0, to: 9 }],
  ["Bytes = 2 - 5", { from: 2, to: 5 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-2", null],
  ["bytes=-", null],
  ["bytes=a-b", null],
  ["bytes=0-1,3-4", null],
  ["lines=0-1", null],
])("%s of ten bytes is %j", (header, range) => {
  expect(readRange(header, 10)).toEqual(range);
});

test("of nothing no byte can be had", () => {
  expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(readRange("bytes=-1", 0)).toBe("unsatisfiable");
});

test("a slice is the same however the whole is cut into chunks, and reads no further than it must", async () => {
  const whole = Uint8Array.from({ length: 20 }, (_, i) => i);
  for (const size of [1, 3, 7, 20]) {
    for (const range of [
      { from: 0, to: 19 },
      { from: 4, to: 4 },
      { from: 5, to: 13 },
    ]) {
      let read = 0;
      async function* chunks() {
        for (let at = 0; at < whole.length; at += size) {
          read = at + size;
          yield whole.subarray(at, at + size);
        }
      }
      const parts: number[] = [];
      for await (const part of sliceOf(chunks(), range)) parts.push(...part);
      expect(parts).toEqual([...whole.subarray(range.from, range.to + 1)]);
      expect(read).toBeLessThanOrEqual(range.to + size);
    }
  }
});
