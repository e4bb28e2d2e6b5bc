import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLog } from "./leftovers.ts";
import { LogFile, logNameOf, ownerOf } from "./log-file.ts";
import { SpoolSpace } from "./space.ts";

const owner = { execution: "exe_1", fence: 3 };
let folder: string;
let space: SpoolSpace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-left-"));
  space = new SpoolSpace(folder, 2 ** 20, () => undefined);
});
afterEach(() => {
  space.close();
  rmSync(folder, { recursive: true, force: true });
});

const chunkOf = (firstSeq: number, lastSeq: number) => {
  const rows = Array.from({ length: lastSeq - firstSeq + 1 }, (_, at) =>
    JSON.stringify({ seq: firstSeq + at, t: 1, s: "stdout", d: `line ${firstSeq + at}` }),
  );
  return { firstSeq, lastSeq, gzip: gzipSync(`${rows.join("\n")}\n`) };
};

/** A log of three chunks, as it is on the disk. */
async function threeChunks(): Promise<string> {
  const path = join(folder, logNameOf(owner));
  const file = new LogFile(path, space);
  for (const [first, last] of [
    [1, 4],
    [5, 2500],
    [2501, 2510],
  ] as const)
    expect(await file.append(chunkOf(first, last))).not.toBeNull();
  await file.close();
  return path;
}

/** The lines that a left log would send, and the numbers of its chunks. */
async function linesOf(path: string) {
  const [log, damagedBytes] = readLog(path, owner, space);
  const lines: { seq: number; s: string; d: string }[] = [];
  for (const one of log.chunks) {
    const gzip = "place" in one ? await log.file.read(one.place) : one.gzip;
    const rows = gunzipSync(gzip).toString().trimEnd().split("\n");
    expect([JSON.parse(rows[0] ?? "").seq, JSON.parse(rows.at(-1) ?? "").seq]).toEqual([
      one.firstSeq,
      one.lastSeq,
    ]);
    lines.push(...rows.map((row) => JSON.parse(row)));
  }
  await log.file.close();
  return { lines, damagedBytes };
}

describe("a log that an earlier process left", () => {
  test("is sent as it was cut, byte for byte", async () => {
    const path = await threeChunks();
    const [log, damagedBytes] = readLog(path, owner, space);
    const read = await Promise.all(
      log.chunks.map((one) => ("place" in one ? log.file.read(one.place) : one.gzip)),
    );
    expect(read.map((one) => one.toString("hex"))).toEqual(
      [chunkOf(1, 4), chunkOf(5, 2500), chunkOf(2501, 2510)].map(({ gzip }) => gzip.toString("hex")),
    );
    expect(damagedBytes).toBe(0);
    await log.file.close();
  });

  test("has a line that says so for each that was damaged, in chunks that the gateway takes", async () => {
    const path = await threeChunks();
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    writeFileSync(path, bytes);
    const { lines, damagedBytes } = await linesOf(path);
    expect(damagedBytes).toBeGreaterThan(0);
    expect(lines.map(({ seq }) => seq).join()).toBe(Array.from({ length: 2510 }, (_, at) => at + 1).join());
    expect(lines.filter(({ s }) => s === "system").map(({ seq }) => seq)[0]).toBe(5);
    expect(lines.filter(({ s }) => s === "system")).toHaveLength(2496);
  });

  test("cut at any byte is a log without gaps that ends with a whole chunk", async () => {
    const path = await threeChunks();
    const bytes = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), async (cut) => {
        writeFileSync(path, bytes.subarray(0, cut));
        const { lines } = await linesOf(path);
        expect([0, 4, 2500, 2510]).toContain(lines.length);
        expect(lines.every(({ d, seq }, at) => seq === at + 1 && d === `line ${seq}`)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("is known by its file's name, whatever the execution is called", () => {
    for (const execution of ["exe_1", "../../etc/x", "a.b.7", "%2e"]) {
      const name = logNameOf({ execution, fence: 12 });
      expect(name).not.toContain("/");
      expect(ownerOf(name)).toEqual({ execution, fence: 12 });
    }
    expect(ownerOf("reserve")).toBeNull();
  });
});
