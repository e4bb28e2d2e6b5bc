import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileBlobs } from "./blobs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-blobs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
const put = (text: string) => fileBlobs(folder).put(digestOf(text), new TextEncoder().encode(text));
const age = (text: string, seconds: number) =>
  utimesSync(join(folder, digestOf(text).slice(0, 2), digestOf(text)), seconds, seconds);

test("what is stored is listed in order, a page at a time; what is on its way is not", async () => {
  const digests = Array.from({ length: 50 }, (_, i) => digestOf(`content ${i}`)).sort();
  for (let i = 0; i < 50; i++) await put(`content ${i}`);
  await expect(fileBlobs(folder).put(digestOf("a"), new Uint8Array([1]))).rejects.toThrow(/hashes to/);
  const listed: string[] = [];
  for (let after: string | null = null; ; after = listed.at(-1) ?? null) {
    const page = await fileBlobs(folder).list(after, 7);
    if (page.length === 0) break;
    listed.push(...page);
  }
  expect(listed).toEqual(digests);
  expect(await fileBlobs(join(folder, "none")).list(null, 7)).toEqual([]);
});

test("old content is deleted, content that was stored again is not", async () => {
  const blobs = fileBlobs(folder);
  await put("a");
  age("a", 1000);
  await put("a");
  expect(await blobs.delete(digestOf("a"), 2_000_000)).toBe(false);
  expect(await blobs.get(digestOf("a"))).not.toBeNull();
  age("a", 1000);
  expect(await blobs.delete(digestOf("a"), 2_000_000)).toBe(true);
  expect(await blobs.get(digestOf("a"))).toBeNull();
  expect(await blobs.delete(digestOf("a"), 2_000_000)).toBe(false);
  expect(readdirSync(join(folder, digestOf("a").slice(0, 2)))).toEqual([]);
});

test("content that is stored while it is deleted is there afterwards, every time", async () => {
  const blobs = fileBlobs(folder);
  for (let n = 0; n < 50; n++) {
    await put("b");
    age("b", 1000);
    await Promise.all([blobs.delete(digestOf("b"), 2_000_000), put("b")]);
    expect(await blobs.get(digestOf("b"))).not.toBeNull();
  }
});
