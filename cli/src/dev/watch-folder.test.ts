import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changesOf } from "./watch-folder.ts";

let dir: string;
let stop: AbortController;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pulse-watch-"));
  mkdirSync(join(dir, "lib"));
  mkdirSync(join(dir, "node_modules"));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(dir, { recursive: true, force: true });
});

test("several writes of one moment are one change, with each file once", async () => {
  const changes = changesOf(dir, stop.signal);
  const next = changes.next();
  writeFileSync(join(dir, "index.ts"), "1");
  writeFileSync(join(dir, "index.ts"), "2");
  writeFileSync(join(dir, "lib", "a.ts"), "3");
  expect((await next).value).toMatchObject({ paths: ["index.ts", "lib/a.ts"] });
});

test("what an editor leaves beside a file and what is never deployed are no change", async () => {
  const changes = changesOf(dir, stop.signal);
  const next = changes.next();
  writeFileSync(join(dir, ".index.ts.swp"), "");
  writeFileSync(join(dir, "index.ts~"), "");
  writeFileSync(join(dir, "node_modules", "x.js"), "");
  // Saved beside and renamed, as many editors do.
  writeFileSync(join(dir, "4913"), "");
  renameSync(join(dir, "4913"), join(dir, "main.py"));
  expect((await next).value).toMatchObject({ paths: ["main.py"] });
});

test("a change while the one before is worked on is the next one", async () => {
  const changes = changesOf(dir, stop.signal);
  const first = changes.next();
  writeFileSync(join(dir, "a.ts"), "");
  expect((await first).value).toMatchObject({ paths: ["a.ts"] });
  writeFileSync(join(dir, "b.ts"), "");
  expect((await changes.next()).value).toMatchObject({ paths: ["b.ts"] });
});

test("it ends when it is stopped", async () => {
  const changes = changesOf(dir, stop.signal);
  const next = changes.next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});
