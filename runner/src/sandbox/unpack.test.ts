import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpack } from "./unpack.ts";

const limits = { files: 100, bytes: 100_000 };
let folder: string;
let inside: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-unpack-"));
  inside = join(folder, "inside");
  mkdirSync(inside);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Entry = Partial<Header> & { name: string; text?: string };

async function archiveOf(entries: Iterable<Entry>): Promise<string> {
  const tar = pack();
  for (const { text, ...header } of entries) tar.entry(header, text ?? "");
  tar.finalize();
  return written(gzipSync(await buffer(tar)));
}

function written(bytes: Uint8Array): string {
  const path = join(folder, "bundle.tar.gz");
  writeFileSync(path, bytes);
  return path;
}

/** Refused with these words, and nothing is where it should not be. */
async function isRefused(archive: string, words: string | RegExp): Promise<void> {
  await expect(unpack(archive, inside, limits)).rejects.toMatchObject({
    code: "invalid_bundle",
    message: expect.stringMatching(words),
  });
  expect(readdirSync(folder).sort()).toEqual(["bundle.tar.gz", "inside"]);
}

test("plain files come out with their folders, bytes and execution bits, and nothing else of their mode", async () => {
  const archive = await archiveOf([
    { name: "./", type: "directory" },
    { name: "./main.py", text: "a = 1", mode: 0o600 },
    { name: "bin/", type: "directory" },
    { name: "bin/tool", text: "#!/bin/sh", mode: 0o4777 },
    { name: "deep/er/ü name.txt", text: "x".repeat(70_000) },
  ]);
  expect(await unpack(archive, inside, limits)).toEqual(["main.py", "bin/tool", "deep/er/ü name.txt"]);
  expect(readFileSync(join(inside, "main.py"), "utf8")).toBe("a = 1");
  expect(statSync(join(inside, "main.py")).mode & 0o7777).toBe(0o644);
  expect(statSync(join(inside, "bin/tool")).mode & 0o7777).toBe(0o755);
  expect(statSync(join(inside, "deep/er/ü name.txt")).size).toBe(70_000);
});

test.each([
  "../outside.py",
  "a/../../outside.py",
  "a/..",
  "..",
  "./../outside.py",
  "a/./../../outside.py",
  "/etc/outside.py",
  "//outside.py",
  "a//b.py",
  "a/./b.py",
  "",
])("the path %j leaves the bundle, and is refused", async (name) => {
  await isRefused(
    await archiveOf([
      { name: "main.py", text: "1" },
      { name, text: "2" },
    ]),
    /path .* leaves the bundle/,
  );
});

test.each(["a\\..\\..\\outside.py", "C:\\outside.py", "a\\b.py", "line\nend.py", "bell\u0007.py"])(
  "the name %j holds what no name may, and is refused",
  async (name) => {
    await isRefused(
      await archiveOf([{ name, text: "2" }]),
      /name .* holds a backslash or a control character/,
    );
  },
);

test("a name with a NUL is refused", async () => {
  // Only an extended header can carry one: a plain header ends its name there.
  const tar = pack();
  tar.entry({ name: "main.py", pax: { path: "main.py\0/../../outside.py" } }, "2");
  tar.finalize();
  await isRefused(written(gzipSync(await buffer(tar))), /control character/);
});

test("a name of a part over 255 bytes is refused", async () => {
  await isRefused(await archiveOf([{ name: `${"ü".repeat(128)}.py`, text: "2" }]), /longer than 255 bytes/);
});

test.each([
  ["symlink", { type: "symlink", linkname: "/etc/passwd" }],
  ["symlink inside", { type: "symlink", linkname: "main.py" }],
  ["link", { type: "link", linkname: "/etc/passwd" }],
  ["character-device", { type: "character-device", devmajor: 1, devminor: 3 }],
  ["block-device", { type: "block-device", devmajor: 8, devminor: 0 }],
  ["fifo", { type: "fifo" }],
] as [string, Partial<Header>][])("a %s is refused", async (_what, header) => {
  await isRefused(await archiveOf([{ name: "main.py", ...header }]), /plain files only, "main.py" is a/);
});

test("a folder that climbs out is refused too", async () => {
  await isRefused(await archiveOf([{ name: "../outside/", type: "directory" }]), /leaves the bundle/);
});

test("writing through a link into another folder is refused at the link", async () => {
  const through = [
    { name: "out", type: "symlink" as const, linkname: ".." },
    { name: "out/outside.py", text: "2" },
  ];
  await isRefused(await archiveOf(through), /plain files only/);
});

test.each([
  ["twice", ["main.py", "main.py"]],
  ["in two spellings", ["main.py", "./main.py"]],
  ["as a file and a folder", ["main", "main/py"]],
  ["as a folder and a file", ["main/py", "main"]],
])("a name that comes %s is refused", async (_how, names) => {
  const entries = names.map((name) => ({ name, text: "1" }));
  await isRefused(await archiveOf(entries), /"main(\.py|\/py)?" comes twice/);
});

test("10,000 files over the limit are refused, with the limit, before they are written", async () => {
  const many = function* () {
    for (let i = 0; i < 10_000 + limits.files; i++) yield { name: `f${i}.py`, text: "" };
  };
  await isRefused(await archiveOf(many()), /at most 100 files and folders/);
  expect(readdirSync(inside).length).toBeLessThanOrEqual(limits.files);
});

test("10,000 folders count as files do", async () => {
  const many = function* () {
    for (let i = 0; i < 10_000; i++) yield { name: `d${i}/`, type: "directory" as const };
  };
  await isRefused(await archiveOf(many()), /at most 100 files and folders/);
});

test("a bomb is refused before it is written", async () => {
  const archive = await archiveOf([{ name: "bomb", text: "\0".repeat(50_000_000) }]);
  expect(statSync(archive).size).toBeLessThan(100_000);
  await isRefused(archive, /at most .* 100000 bytes/);
  expect(existsSync(join(inside, "bomb"))).toBe(false);
});

test("a bomb of many files is refused at the limit of all of them", async () => {
  const entries = Array.from({ length: 20 }, (_, i) => ({ name: `b${i}`, text: "\0".repeat(10_000) }));
  await isRefused(await archiveOf(entries), /100000 bytes/);
});

test("a bomb behind the end of the archive, or in a header, is not read to its end", async () => {
  const tar = pack();
  tar.entry({ name: "main.py", pax: { comment: "x".repeat(30_000_000) } }, "1");
  tar.finalize();
  await isRefused(written(gzipSync(await buffer(tar))), /100000 bytes|archive cannot be read/);
  const small = pack();
  small.entry({ name: "main.py" }, "1");
  small.finalize();
  const behind = Buffer.concat([await buffer(small), Buffer.alloc(50_000_000)]);
  rmSync(inside, { recursive: true });
  mkdirSync(inside);
  await isRefused(written(gzipSync(behind)), /100000 bytes|archive cannot be read/);
});

test.each([
  ["empty", Buffer.alloc(0)],
  ["no gzip", Buffer.from("PK\u0003\u0004 this is a zip")],
  ["no tar", gzipSync(Buffer.alloc(2048, "x"))],
  ["cut off", null],
])("an archive that is %s cannot be read, and is told so", async (_what, bytes) => {
  const whole = readFileSync(await archiveOf([{ name: "main.py", text: "x".repeat(50_000) }]));
  await isRefused(written(bytes ?? whole.subarray(0, whole.length - 20)), /archive cannot be read/);
});
