import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenForLine } from "./line-socket.ts";

const never = new AbortController().signal;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-line-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first connection is the line, and any later one is refused", async () => {
  const path = join(folder, "a");
  const { connected } = await listenForLine(path, 5000, never);
  const first = connect(path);
  const line = await connected;
  const [refused] = await once(connect(path), "error");
  expect(refused).toMatchObject({ code: expect.stringMatching(/ENOENT|ECONNREFUSED/) });
  first.write("hi");
  expect(String((await once(line, "data"))[0])).toBe("hi");
  first.destroy();
  line.destroy();
});

test("a process that does not come in time, or is given up, is told", async () => {
  const late = await listenForLine(join(folder, "b"), 20, never);
  await expect(late.connected).rejects.toThrow();
  late.close();
  const stop = new AbortController();
  const given = await listenForLine(join(folder, "c"), 5000, stop.signal);
  stop.abort();
  await expect(given.connected).rejects.toThrow();
  given.close();
});
