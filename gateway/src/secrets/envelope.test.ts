import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { open, type Place, rewrap, seal } from "./envelope.ts";
import { masterKeyOf } from "./master-key.ts";

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
const [master, other] = await Promise.all([masterKeyOf(random(32)), masterKeyOf(random(32))]);
const place: Place = { project: "default", kind: "user", name: "DB_URL", version: 3 };
const value = "user=ünïcode password=hunter2 host=db.example.test";

test("what was sealed opens at its place with its key, and nothing of it is to be seen", async () => {
  const envelope = await seal(value, place, master, random);
  expect(await open(envelope, place, master)).toBe(value);
  expect(Buffer.from(envelope.sealed).toString("latin1")).not.toContain("hunter2");
  const again = await seal(value, place, master, random);
  expect(Buffer.from(again.sealed).equals(envelope.sealed)).toBe(false);
});

test.each<[string, Partial<Place>]>([
  ["project", { project: "other" }],
  ["kind", { kind: "callbacks" }],
  ["name", { name: "OTHER" }],
  ["version", { version: 2 }],
  ["borders between its parts", { project: "default|user", kind: "" }],
])("SC-03: moved to another place (%s) it does not open", async (_what, change) => {
  const envelope = await seal(value, place, master, random);
  expect(await open(envelope, { ...place, ...change }, master)).toBe(null);
});

test("SC-03: with any one bit changed it does not open", async () => {
  const envelope = await seal(value, place, master, random);
  for (const part of ["wrappedKey", "sealed"] as const) {
    for (let bit = 0; bit < envelope[part].length * 8; bit++) {
      const bytes = envelope[part].slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await open({ ...envelope, [part]: bytes }, place, master), `bit ${bit} of ${part}`).toBe(null);
    }
  }
});

test("another key, another key's id, and halves of two envelopes do not open it", async () => {
  const [one, two] = [await seal(value, place, master, random), await seal("else", place, master, random)];
  expect(await open(one, place, other)).toBe(null);
  expect(await open({ ...one, keyId: other.id }, place, master)).toBe(null);
  expect(await open({ ...one, sealed: two.sealed }, place, master)).toBe(null);
  expect(await open({ ...one, sealed: new Uint8Array() }, place, master)).toBe(null);
});

test("rewrapped it opens with the new key alone, and its value was not touched", async () => {
  const envelope = await seal(value, place, master, random);
  const wrappedKey = await rewrap(envelope, place, master, other, random);
  if (wrappedKey === null) throw new Error("not rewrapped");
  const moved = { ...envelope, keyId: other.id, wrappedKey };
  expect(await open(moved, place, other)).toBe(value);
  expect(await open(moved, place, master)).toBe(null);
  expect(await rewrap(envelope, place, other, master, random)).toBe(null);
});
