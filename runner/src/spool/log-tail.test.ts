import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CapturedLine } from "../work.ts";
import { LogFile } from "./log-file.ts";
import { LogTail } from "./log-tail.ts";
import { SpoolSpace } from "./space.ts";

let folder: string;
let space: SpoolSpace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-tail-"));
  space = new SpoolSpace(folder, 2 ** 30, () => undefined);
});
afterEach(() => {
  space.close();
  rmSync(folder, { recursive: true, force: true });
});

const tailOf = (mostBytes: number, within = space) =>
  new LogTail(mostBytes, new LogFile(join(folder, "exe_1.1.log"), within));
const files = () => readdirSync(folder).filter((name) => name.endsWith(".tail"));
const sizeOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
const onDisk = () => files().reduce((sum, name) => sum + sizeOf(name), 0);

async function fill(tail: LogTail, lines: number, bytes: number): Promise<number> {
  let most = 0;
  for (let at = 0; at < lines; at++) {
    tail.add({ t: at, s: "stdout", d: `${at} `.padEnd(bytes - 1, "x") }, bytes);
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, onDisk());
  }
  return most;
}

async function read(tail: LogTail): Promise<CapturedLine[]> {
  const all: CapturedLine[] = [];
  for await (const lines of tail.rest()) all.push(...lines);
  return all;
}

describe("the tail of a log", () => {
  test("is its last lines in order, as much as fits but for one part in sixteen, and the rest is counted", async () => {
    const tail = tailOf(8 * 2 ** 20);
    const most = await fill(tail, 20_000, 1000);
    const all = await read(tail);
    expect(all.length + tail.dropped).toBe(20_000);
    expect(all.every(({ t }, at) => t === tail.dropped + at)).toBe(true);
    expect(all.length * 1000).toBeLessThanOrEqual(8 * 2 ** 20);
    expect(all.length * 1000).toBeGreaterThan(7.4 * 2 ** 20);
    // It was on the disk, within twice its size and what JSON adds, and is gone.
    expect(most).toBeGreaterThan(6 * 2 ** 20);
    expect(most).toBeLessThan(18 * 2 ** 20);
    expect(files()).toEqual([]);
    expect(space.usedBytes).toBe(0);
  });

  test("stays in memory when it is small", async () => {
    const tail = tailOf(2 ** 19);
    expect(await fill(tail, 2000, 500)).toBe(0);
    const all = await read(tail);
    expect(all.at(-1)?.t).toBe(1999);
    expect(all.length).toBeGreaterThan(900);
  });

  test("keeps the newest where the disk takes nothing", async () => {
    const full = new SpoolSpace(folder, 1000, () => undefined);
    const tail = tailOf(8 * 2 ** 20, full);
    await fill(tail, 10_000, 1000);
    const all = await read(tail);
    expect(all.at(-1)?.t).toBe(9999);
    expect(all.length + tail.dropped).toBe(10_000);
    expect(all.length).toBeGreaterThan(200);
    full.close();
  });

  test("that is forgotten leaves nothing", async () => {
    const tail = tailOf(8 * 2 ** 20);
    await fill(tail, 5000, 1000);
    await tail.remove();
    expect(files()).toEqual([]);
  });
});
