import fc from "fast-check";
import { expect, test } from "vitest";
import { createDecoder, encodeFrame, payloadMostBytes } from "./frames.ts";

test("frames come out as they went in, however the bytes are cut", () => {
  const frame = fc.record({
    type: fc.constantFrom("Q", "B", "L"),
    call: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(frame), fc.integer({ min: 1, max: 64 }), (frames, step) => {
      const bytes = Buffer.concat(frames.map((one) => encodeFrame(one.type, one.call, one.payload)));
      const seen: unknown[] = [];
      const decode = createDecoder((type, call, payload) =>
        seen.push({ type, call, payload: new Uint8Array(payload) }),
      );
      for (let at = 0; at < bytes.length; at += step)
        expect(decode(bytes.subarray(at, at + step))).toBe(true);
      expect(seen).toEqual(frames);
    }),
  );
});

test("a payload over the limit is not made, and not read", () => {
  expect(() => encodeFrame("B", 1, new Uint8Array(payloadMostBytes + 1))).toThrow(RangeError);
  const head = Buffer.alloc(9);
  head.writeUInt32BE(payloadMostBytes + 1, 0);
  expect(createDecoder(() => undefined)(head)).toBe(false);
});
