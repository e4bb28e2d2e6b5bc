import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeArchive } from "./archive.ts";
import { UnpackedDependencies } from "./unpacked.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const limits = { bytes: 1000, files: 3 };
async function tarOf(entries: (Partial<Header> & { name: string; text?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { text = "", ...entry } of entries) tar.entry(entry, text);
  tar.finalize();
  return buffer(tar);
}
const take = async (entries: Parameters<typeof tarOf>[0], path = join(folder, "a.tar.gz")) =>
  takeArchive(Readable.from([await tarOf(entries)]), ".deps", path, limits);

test("the same files are the same archive, whenever and by whom they were written", async () => {
  const one = await take([{ name: ".deps/a.py", text: "a", mtime: new Date(1), uid: 1, mode: 0o600 }]);
  const two = await take([
    { name: ".deps/a.py", text: "a", mtime: new Date(9e11), uid: 2, mode: 0o4711 | 0o600 },
  ]);
  expect(one).toMatchObject({ files: 1, bytes: 1 });
  expect(two.files).toBe(1);
  const again = await take([{ name: ".deps/a.py", text: "a", mtime: new Date(5e11), uid: 3, mode: 0o600 }]);
  expect(again.sha256).toBe(one.sha256);
});

test.each<[string, Parameters<typeof tarOf>[0], RegExp]>([
  ["a file elsewhere", [{ name: "index.js" }], /index\.js/],
  ["a link", [{ name: ".deps/a", type: "symlink", linkname: "/etc/passwd" }], /no file/],
  ["a device", [{ name: ".deps/a", type: "character-device" }], /no file/],
  [
    "more files than it may have",
    [1, 2, 3, 4].map((n) => ({ name: `.deps/${n}` })),
    /at most 0 MiB and 3 files/,
  ],
  [
    "more bytes than it may have",
    [{ name: ".deps/a", text: "x".repeat(1001) }],
    /larger than a runner installs/,
  ],
])("%s is refused", async (_name, entries, says) => {
  await expect(take(entries)).rejects.toMatchObject({
    name: "ArchiveRefused",
    message: expect.stringMatching(says),
  });
});

test("a tar that breaks off is an error", async () => {
  const whole = await tarOf([{ name: ".deps/a.py", text: "a".repeat(900) }]);
  const path = join(folder, "a.tar.gz");
  await expect(takeArchive(Readable.from([whole.subarray(0, 700)]), ".deps", path, limits)).rejects.toThrow();
});

test("a path that climbs out is refused when the archive is unpacked", async () => {
  const path = join(folder, "a.tar.gz");
  const { sha256 } = await take([{ name: ".deps/../../evil.py", text: "" }], path);
  const unpacked = new UnpackedDependencies(join(folder, "unpacked"), () => undefined);
  const placed = unpacked.place(sha256, path, join(folder, "deep", "code"));
  await expect(placed).rejects.toMatchObject({ code: "invalid_bundle" });
  expect(existsSync(join(folder, "evil.py")) || existsSync(join(folder, "deep", "evil.py"))).toBe(false);
});
