import { expect, test } from "vitest";
import { contentDigestOf, crc32c } from "./crc32c.ts";

const utf8 = new TextEncoder();

// The check value of the algorithm, and the vectors of RFC 3720, B.4.
test.each([
  ["123456789", utf8.encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(), 0],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])("the CRC-32C of %s is the one that is published", (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("bytes at any place of a buffer have the same sum", () => {
  const around = new Uint8Array(40);
  around.set(utf8.encode("123456789"), 3);
  expect(crc32c(around.subarray(3, 12))).toBe(0xe3069283);
});

test("a digest is written as RFC 9530 asks", () => {
  expect(contentDigestOf(utf8.encode("123456789"))).toBe("crc32c=:4waSgw==:");
});
