import { describe, expect, test } from "vitest";
import { Random } from "../../sim/random.ts";
import { type powerLosses, RecordedDisk } from "./disk.ts";
import type { DiskEvent } from "./trace.ts";

const made = (path: string): DiskEvent => ({ kind: "open", path, creates: true, empties: false });
const wrote = (path: string, offset: number, text: string): DiskEvent => ({
  ...{ kind: "write", path, offset },
  bytes: Buffer.from(text),
});
const synced = (path: string, from: number): DiskEvent => ({ kind: "sync", path, from });
const moved = (path: string, to: string): DiskEvent => ({ kind: "rename", path, to });

/** Every image that a power loss at the end of these events may leave, as far as many tries find them. */
function imagesOf(events: DiskEvent[], loss: (typeof powerLosses)[number], tries = 300): Set<string> {
  const dice = new Random(7, "images of a test");
  const disk = new RecordedDisk(events);
  disk.playTo(events.length);
  const shown = () =>
    [...disk.imageAfter(loss, dice)].map(([path, bytes]) => `${path}=${bytes.toString("latin1")}`).sort();
  return new Set(Array.from({ length: tries }, () => shown().join(" ")));
}

describe("a power loss", () => {
  test("leaves what was synced, under the name that it was made with", () => {
    const events = [made("/d/a"), wrote("/d/a", 0, "one"), synced("/d/a", 2), wrote("/d/a", 3, "two")];
    expect([...imagesOf(events, "none")]).toEqual(["/d/a=one"]);
    expect([...imagesOf(events, "all")]).toEqual(["/d/a=onetwo"]);
    expect([...imagesOf(events, "some")].sort()).toEqual(["/d/a=one", "/d/a=onetwo"]);
  });

  test("takes what was written after a sync had begun", () => {
    const events = [made("/d/a"), wrote("/d/a", 0, "one"), wrote("/d/a", 3, "two"), synced("/d/a", 2)];
    expect([...imagesOf(events, "none")]).toEqual(["/d/a=one"]);
  });

  test("lets later writes reach the disk without earlier ones, which read as zeros", () => {
    const events = [made("/d/a"), synced("/d/a", 1), wrote("/d/a", 0, "one"), wrote("/d/a", 3, "two")];
    expect([...imagesOf(events, "some")].sort()).toEqual([
      "/d/a=",
      "/d/a=\0\0\0two",
      "/d/a=one",
      "/d/a=onetwo",
    ]);
    expect([...imagesOf(events, "torn")].sort()).toEqual(["/d/a=", "/d/a=one", "/d/a=onetwo"]);
  });

  test("tears a write at the sectors of the disk", () => {
    const [first, second] = ["x".repeat(512), "y".repeat(100)];
    const events = [made("/d/a"), synced("/d/a", 1), wrote("/d/a", 0, first + second)];
    expect(imagesOf(events, "torn")).toEqual(new Set(["/d/a=", `/d/a=${first}`, `/d/a=${first + second}`]));
    expect(imagesOf(events, "sectors")).toContain(`/d/a=${"\0".repeat(512)}${second}`);
  });

  test("takes a name that was given by a rename, until the folder is synced", () => {
    const events = [
      made("/d/a.tmp"),
      wrote("/d/a.tmp", 0, "one"),
      synced("/d/a.tmp", 2),
      moved("/d/a.tmp", "/d/a"),
    ];
    expect([...imagesOf(events, "none")]).toEqual(["/d/a.tmp=one"]);
    expect([...imagesOf(events, "some")].sort()).toEqual(["/d/a.tmp=one", "/d/a=one"]);
    expect([...imagesOf([...events, synced("/d", 4)], "none")]).toEqual(["/d/a=one"]);
  });

  test("may leave a name whose bytes never arrived", () => {
    const events = [made("/d/a.tmp"), wrote("/d/a.tmp", 0, "one"), moved("/d/a.tmp", "/d/a")];
    expect(imagesOf(events, "some")).toContain("/d/a=");
  });

  test("leaves what was deleted without a sync of its folder, or not", () => {
    const events = [
      made("/d/a"),
      wrote("/d/a", 0, "one"),
      synced("/d/a", 2),
      { kind: "unlink", path: "/d/a" } as const,
    ];
    expect([...imagesOf(events, "some")].sort()).toEqual(["", "/d/a=one"]);
    expect([...imagesOf([...events, synced("/d", 4)], "some")]).toEqual([""]);
  });

  test("makes nothing of a truncation that did not happen", () => {
    const events = [made("/d/a"), wrote("/d/a", 0, "longer"), synced("/d/a", 2)];
    const cut: DiskEvent = { kind: "truncate", path: "/d/a", size: 2 };
    expect([...imagesOf([...events, cut], "some")].sort()).toEqual(["/d/a=lo", "/d/a=longer"]);
    const disk = new RecordedDisk([...events, cut, wrote("/d/a", 4, "!")]);
    disk.playTo(5);
    expect(disk.whole().get("/d/a")?.toString("latin1")).toBe("lo\0\0!");
  });
});
