import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DiskReserve } from "./disk-reserve.ts";

const mib = 2 ** 20;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-reserve-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = () => join(folder, "disk-reserve");

test("the reserve is real bytes, given up once, and taken again when there is room", () => {
  const reserve = new DiskReserve(folder, 4 * mib);
  expect(reserve.look(0)).toMatchObject({ state: "ok", reserveBytes: 4 * mib });
  expect(statSync(path()).blocks * 512).toBeGreaterThanOrEqual(4 * mib);
  expect([reserve.release(), reserve.state, existsSync(path())]).toEqual([true, "spent", false]);
  expect(reserve.release()).toBe(false);
  expect(reserve.look(0)).toMatchObject({ state: "ok", reserveBytes: 4 * mib });
});

test("a disk with less room than the reserve is low, and no reserve is taken from it", () => {
  const { bavail, bsize } = statfsSync(folder);
  const reserve = new DiskReserve(folder, bavail * bsize + 1000 * mib);
  expect(reserve.look(0)).toMatchObject({ state: "low", reserveBytes: 0 });
  expect(existsSync(path())).toBe(false);
});

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write(
    "SKIPPED: a small disk is tried on a file system of its own, which only root can mount\n",
  );

test.skipIf(!isRoot)(
  "where there is little room, only so much is taken that the disk is not low by it",
  () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "pulse-test", disk]);
    expect(mounted.stderr.toString()).toBe("");
    try {
      const reserve = new DiskReserve(disk, 8 * mib);
      expect(reserve.look(0)).toMatchObject({ state: "ok", reserveBytes: 4 * mib });
      expect(reserve.look(0).state).toBe("ok");
      writeFileSync(join(disk, "data"), Buffer.alloc(mib));
      expect(reserve.look(0).state).toBe("low");
      // Room within the database counts as long as there is some beside it.
      expect(reserve.look(12 * mib).state).toBe("ok");
    } finally {
      spawnSync("umount", [disk]);
    }
  },
);

test("without a reserve nothing is ever low", () => {
  const reserve = new DiskReserve(folder, 0);
  expect(reserve.look(0)).toMatchObject({ state: "ok", reserveBytes: 0 });
  expect([reserve.release(), reserve.state]).toEqual([false, "ok"]);
});
