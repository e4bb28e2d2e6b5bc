import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CacheOptions, CacheRoom, usualCacheBytes } from "./cache-room.ts";

const kibibyte = 1024;
let folder: string;
let versions: string;
let deps: string;
let contents: string;
let removed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cache-"));
  [versions, deps, contents] = [
    join(folder, "versions"),
    join(folder, "versions/deps"),
    join(folder, "contents"),
  ];
  for (const one of [versions, deps, contents]) mkdirSync(one, { recursive: true });
  removed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const room = (mostKibibytes: number, change: Partial<CacheOptions> = {}) =>
  new CacheRoom({
    shelves: [versions, deps, contents],
    mostBytes: mostKibibytes * kibibyte,
    isInUse: () => false,
    onRemoved: (name) => removed.push(name),
    log: (line) => {
      throw new Error(line);
    },
    ...change,
  });

const age = (path: string, minutes: number) => {
  const then = new Date(Date.now() - minutes * 60_000);
  utimesSync(path, then, then);
};

/** An entry of 64 KiB, used so many minutes ago: a file among the contents, else a folder. */
function entry(shelf: string, name: string, minutes: number): string {
  const path = join(shelf, name);
  const bytes = Buffer.alloc(64 * kibibyte, 1);
  if (shelf === contents) writeFileSync(path, bytes);
  else {
    mkdirSync(join(path, "code"), { recursive: true });
    writeFileSync(join(path, "code/index.js"), bytes);
  }
  age(path, minutes);
  return path;
}

test("what was unused for longest goes first, of all shelves together, until the rest fits", async () => {
  entry(versions, "ver_1", 40);
  entry(contents, "sha_1", 30);
  entry(deps, "dep_1", 50);
  const newest = entry(versions, "ver_2", 20);
  await room(160).sweep();
  expect(removed).toEqual(["dep_1", "ver_1"]);
  expect(existsSync(newest)).toBe(true);
  await room(100).sweep();
  expect(removed).toEqual(["dep_1", "ver_1", "sha_1"]);
  expect(readdirSync(contents)).toEqual([]);
  expect(readdirSync(versions).sort()).toEqual(["deps", "ver_2"]);
});

test("nothing that was used a moment ago goes, by this process or by one before it", async () => {
  entry(versions, "ver_old", 40);
  const used = entry(versions, "ver_used", 60);
  entry(versions, "ver_new", 1);
  const small = room(1);
  small.use(used);
  await small.sweep();
  expect(removed).toEqual(["ver_old"]);
});

test("nothing that something uses goes, however old it is, and what it uses goes after it", async () => {
  entry(versions, "ver_live", 90);
  entry(versions, "ver_1-dep_1", 40);
  entry(deps, "dep_1", 80);
  const isInUse = (name: string, _: string, names: readonly string[]) =>
    name === "ver_live" || names.some((one) => one.endsWith(`-${name}`));
  await room(1, { isInUse }).sweep();
  expect(removed).toEqual(["ver_1-dep_1", "dep_1"]);
});

test("files that two entries share count once", async () => {
  const first = entry(deps, "dep_1", 40);
  mkdirSync(join(versions, "ver_1"));
  linkSync(join(first, "code/index.js"), join(versions, "ver_1/index.js"));
  age(join(versions, "ver_1"), 30);
  await room(90).sweep();
  expect(removed).toEqual([]);
});

test("what a killed runner left half-made or half-removed is gone after the start; entries and shelves stay", async () => {
  const kept = entry(versions, "ver_1", 40);
  for (const name of [
    "ver_2.0b8cf0a3-5d0f-4c0a-9a53-0f4a4f2b8f11",
    ".gone-0b8cf0a3-5d0f-4c0a-9a53-0f4a4f2b8f11",
  ])
    entry(versions, name, 0);
  entry(contents, "sha_1.0b8cf0a3-5d0f-4c0a-9a53-0f4a4f2b8f11.tmp", 0);
  const one = room(1000);
  await one.start();
  one.stop();
  expect(readdirSync(versions).sort()).toEqual(["deps", "ver_1"]);
  expect(readdirSync(contents)).toEqual([]);
  expect(existsSync(kept)).toBe(true);
});

test("what is half-made while it runs is left alone", async () => {
  const half = entry(versions, "ver_2.0b8cf0a3-5d0f-4c0a-9a53-0f4a4f2b8f11", 60);
  await room(1).sweep();
  expect(existsSync(half)).toBe(true);
});

test("what came while it was swept is swept too", async () => {
  entry(versions, "ver_1", 40);
  const one = room(1);
  const first = one.sweep();
  entry(versions, "ver_2", 30);
  await Promise.all([first, one.sweep()]);
  expect(removed).toEqual(["ver_1", "ver_2"]);
});

test("without a setting it is 10 GiB, or a tenth of a small disk", async () => {
  const bytes = await usualCacheBytes(folder);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(10 * 2 ** 30);
});
