import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemCodeOf } from "../../runners/parts.suite.ts";
import { openDatabase } from "./database.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-steady-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const holder = fileURLToPath(new URL("hold-lock.suite.ts", import.meta.url));
const quiet = { beforeMigration: async () => undefined };
const write = (n: number) => ({
  sql: "INSERT INTO facts (name, value) VALUES (?, 'x')",
  args: [`fact ${n}`],
});

/** Another process takes the write lock for a while; resolves when it has it. `freed` resolves when it gave it back. */
async function holdLock(ms: number): Promise<{ freed: Promise<unknown> }> {
  const child = spawn(process.execPath, [holder, join(folder, "pulse.db"), String(ms)]);
  const freed = once(child, "exit");
  await once(child.stdout, "data");
  return { freed };
}

test("a lock that another process holds for less than a second costs latency and nothing else", async () => {
  const { client, close } = await openDatabase(folder);
  const { freed } = await holdLock(400);
  const results = await Promise.all([client.execute(write(1)), client.batch([write(2), write(3)], "write")]);
  expect(results).toHaveLength(2);
  expect((await client.execute("SELECT count(*) AS n FROM facts")).rows[0]?.n).toBe(3);
  await freed;
  close();
});

test("one that is held for 3 s: writes are unavailable within a second, reads go on, the loop is never blocked, then all is well", async () => {
  const { client, close } = await openDatabase(folder);
  const { freed } = await holdLock(3000);
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  const begun = performance.now();
  const codes = await Promise.all([
    problemCodeOf(client.execute(write(1))),
    problemCodeOf(client.batch([write(2)], "write")),
    problemCodeOf(client.batch([write(3)], "deferred")),
  ]);
  expect(codes).toEqual(["unavailable", "unavailable", "unavailable"]);
  expect(performance.now() - begun).toBeLessThan(1500);
  expect((await client.execute("SELECT count(*) AS n FROM facts")).rows[0]?.n).toBe(0);
  await freed;
  delays.disable();
  expect(delays.max / 1e6).toBeLessThan(200);
  // A connection that was refused once stays broken: a hundred more say that it is not used again.
  for (let n = 0; n < 100; n++) await client.batch([write(n)], "write");
  expect((await client.execute("SELECT count(*) AS n FROM facts")).rows[0]?.n).toBe(100);
  close();
});

test("a full disk frees what is kept for it and goes on; without anything to free it is storage_full", async () => {
  let asked = 0;
  const { client, close } = await openDatabase(folder, {
    ...quiet,
    watch: {
      makeRoom() {
        asked += 1;
        if (asked > 1) return false;
        return true;
      },
      onDamage: () => undefined,
    },
  });
  const limit = async (pages: number) => client.execute(`PRAGMA max_page_count = ${pages}`);
  const pages = Number(Object.values((await client.execute("PRAGMA page_count")).rows[0] ?? {})[0]);
  await limit(pages + 2);
  const big = { sql: "INSERT INTO facts (name, value) VALUES ('big', ?)", args: ["x".repeat(100_000)] };
  // A new connection has no such limit, as a disk has room again.
  await client.execute(big);
  expect(asked).toBe(1);
  await limit(pages + 40);
  const bigger = {
    sql: "INSERT INTO facts (name, value) VALUES ('bigger', ?)",
    args: ["x".repeat(1_000_000)],
  };
  expect(await problemCodeOf(client.execute(bigger))).toBe("storage_full");
  expect((await client.execute("SELECT name FROM facts")).rows).toMatchObject([{ name: "big" }]);
  close();
});

test("damage met while running: nothing is written any more, what can be read is read", async () => {
  const first = await openDatabase(folder);
  for (let n = 0; n < 2000; n++) await first.client.execute(write(n));
  await first.client.execute(
    "INSERT INTO events (project, topic, subject, at) VALUES ('a', 'runners', 'b', 1)",
  );
  const { rows } = await first.client.execute(
    "SELECT rootpage FROM sqlite_master WHERE name = 'facts' AND type = 'table'",
  );
  await first.client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  first.close();
  const path = join(folder, "pulse.db");
  const pageBytes = readFileSync(path).readUInt16BE(16);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(200, 0xff), 0, 200, (Number(rows[0]?.rootpage) - 1) * pageBytes);
  closeSync(file);
  const heard: unknown[] = [];
  const watch = { makeRoom: () => false, onDamage: (cause: unknown) => heard.push(cause) };
  const { client, close } = await openDatabase(folder, { ...quiet, watch });
  expect(await problemCodeOf(client.execute("SELECT * FROM facts"))).toBe("unavailable");
  expect(heard).toHaveLength(1);
  expect((await client.execute("SELECT subject FROM events")).rows).toHaveLength(1);
  const add = "INSERT INTO events (project, topic, subject, at) VALUES ('a', 'runners', 'c', 1)";
  expect(await problemCodeOf(client.execute(add))).toBe("read_only");
  expect(await problemCodeOf(client.batch([add], "write"))).toBe("read_only");
  expect(statSync(path).size).toBeGreaterThan(0);
  close();
});
