import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gunzipParts } from "./gunzip-parts.ts";
import { readTar, readTarParts } from "./read-tar.ts";
import { type BundleFile, writeTar } from "./tar.ts";

const encoder = new TextEncoder();
const files: BundleFile[] = [
  { path: "a.ts", content: encoder.encode("one") },
  { path: `deep/${"x".repeat(150)}.ts`, content: encoder.encode("two".repeat(700)) },
  { path: "empty", content: new Uint8Array(0) },
];
const tar = writeTar(files);
const plenty = 2 ** 20;
const all = { skipsOthers: false, filesMost: 10, keeps: () => true, onGlobal: () => undefined };

async function* parts(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test("a tar that comes in parts of any sizes is read as a whole one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 }), async (sizes) => {
      expect(await readTarParts(parts(tar, sizes), plenty)).toEqual(readTar(tar));
    }),
    { numRuns: 200 },
  );
});

test("a tar that is cut off anywhere is read, or refused, as a whole one", async () => {
  const ended = async (work: () => unknown) => {
    try {
      return await work();
    } catch (error) {
      return String(error);
    }
  };
  for (let length = 0; length <= tar.length; length += 97) {
    const cut = tar.subarray(0, length);
    const whole = await ended(() => readTar(cut));
    expect([length, await ended(() => readTarParts(parts(cut, [600]), plenty))]).toEqual([length, whole]);
    const nothing = { ...all, keeps: () => false };
    const passed = await ended(() => readTarParts(parts(cut, [600]), plenty, nothing));
    expect(passed).toEqual(Array.isArray(whole) ? [] : whole);
    expect(await ended(() => readTar(cut, nothing))).toEqual(passed);
  }
});

test("files that are not wanted are passed over, and count", async () => {
  const reading = { ...all, keeps: (path: string) => path === "a.ts" };
  expect(await readTarParts(parts(tar, [100]), plenty, reading)).toEqual([files[0]]);
  const few = readTarParts(parts(tar, [100]), plenty, { ...reading, filesMost: 2 });
  await expect(few).rejects.toThrow("at most 2 files");
});

test("what is larger than it may be is refused before there is room made for it, and nothing more is read", async () => {
  await expect(readTarParts(parts(tar, [512]), tar.length - 1)).rejects.toThrow(RangeError);
  expect(await readTarParts(parts(tar, [512]), tar.length)).toHaveLength(3);
  const lying = tar.slice(0, 512);
  // 8 GiB, with the sum that belongs to it.
  lying.set(encoder.encode("77777777777\0"), 124);
  lying.set(encoder.encode("        "), 148);
  const sum = lying.reduce((total, byte) => total + byte, 0);
  lying.set(encoder.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  let isClosed = false;
  async function* endless() {
    try {
      yield lying;
      for (;;) yield new Uint8Array(512);
    } finally {
      isClosed = true;
    }
  }
  await expect(readTarParts(endless(), plenty)).rejects.toThrow("the archive has more than 1048576 bytes");
  expect(isClosed).toBe(true);
});

test("of a whole tar no content is copied, and what is unpacked in parts is what was packed", async () => {
  expect(readTar(tar).every(({ content }) => content.buffer === tar.buffer)).toBe(true);
  expect(await readTarParts(gunzipParts(new Uint8Array(gzipSync(tar))), plenty)).toEqual(files);
  await expect(readTarParts(gunzipParts(new Uint8Array(tar)), plenty)).rejects.toThrow();
});
