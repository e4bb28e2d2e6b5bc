import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, type InStatement, type LibsqlBatchError } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileClient } from "./file-client.ts";

let folder: string;
let ours: Client;
let theirs: Client;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-client-"));
  ours = new FileClient(join(folder, "ours.db"), ["journal_mode = WAL"]);
  theirs = createClient({ url: `file:${join(folder, "theirs.db")}`, concurrency: 1 });
});
afterEach(() => {
  ours.close();
  theirs.close();
  rmSync(folder, { recursive: true });
});

/** What a call of a client came to, with everything of its rows that can be read. */
async function seen(call: Promise<unknown>): Promise<unknown> {
  try {
    const result = await call;
    return JSON.stringify(result, bigintsAsText) + JSON.stringify(placesOf(result), bigintsAsText);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    const { code, extendedCode, rawCode, statementIndex } = error as LibsqlBatchError;
    return { name, message, code, extendedCode, rawCode, statementIndex };
  }
}

const bigintsAsText = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);

function placesOf(result: unknown): unknown {
  const all = [result].flat() as { rows: ArrayLike<unknown>[]; lastInsertRowid?: bigint }[];
  return all.map((one) => [
    one?.rows.map((row) => [Object.entries(row), Array.prototype.slice.call(row), row.length]),
    one?.lastInsertRowid,
  ]);
}

/** Does the same with both clients; both must see the same. Resolves to it. */
async function same(act: (client: Client) => Promise<unknown>): Promise<unknown> {
  const [a, b] = [await seen(act(ours)), await seen(act(theirs))];
  expect(a).toEqual(b);
  return a;
}

const table = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB, size REAL)";

describe("the same as the client of the library", () => {
  beforeEach(() => same((client) => client.execute(table)));

  test("rows, their places, repeated names and names that are numbers", async () => {
    await same((client) =>
      client.execute("INSERT INTO things VALUES (7, 'a', x'0102', 1.5), (8, 'b', NULL, 2)"),
    );
    for (const sql of [
      "SELECT * FROM things ORDER BY id",
      "SELECT id, id, name AS id FROM things",
      "SELECT 1, 2, 'x' AS length",
      "SELECT count(*), max(size) FROM things",
      "SELECT name FROM things WHERE id = 100",
      "SELECT id AS '1', name AS '0' FROM things",
      "UPDATE things SET name = name || 'x' RETURNING id, name",
      "DELETE FROM things WHERE id = 7",
    ]) {
      for (let i = 0; i < 3; i++) await same((client) => client.execute(sql));
    }
  });

  test("arguments by place and by name, and those that a later run leaves out", async () => {
    const sql = "SELECT ?1 AS a, ?2 AS b";
    const runs: InStatement["args" & keyof InStatement][] = [
      [1, 2],
      [1],
      [],
      ["x", null],
      [true, 5n],
    ] as never;
    for (const args of runs) await same((client) => client.execute({ sql, args: args as never }));
    const named = "SELECT :a AS a, @b AS b, $c AS c";
    await same((client) => client.execute(named, { ":a": 1, b: 2, $c: 3 }));
    await same((client) => client.execute(named, { a: 1 }));
    await same((client) =>
      client.execute("SELECT ? AS d, ? AS e", [new Date(5), new Uint8Array([1, 2]).buffer]),
    );
  });

  test("values that cannot be passed or read", async () => {
    for (const value of [Number.NaN, undefined, 2n ** 70n, Number.POSITIVE_INFINITY]) {
      await same((client) => client.execute("SELECT ?", [value as never]));
    }
    await same((client) => client.execute("SELECT 9007199254740993"));
    expect(await same((client) => client.execute("SELECT 9007199254740991"))).toContain("9007199254740991");
  });

  test("errors of the engine, and the same statement after one", async () => {
    const add = "INSERT INTO things (name) VALUES (?)";
    const back = "INSERT INTO things (name) VALUES (?) RETURNING id";
    for (const sql of [add, back, add, back]) {
      await same((client) => client.execute(sql, ["one"]));
      await same((client) => client.execute(sql, [sql + Math.PI]));
    }
    for (const sql of ["SELEC 1", "SELECT * FROM nothing", "INSERT INTO things (id) VALUES ('x')"]) {
      expect(await same((client) => client.execute(sql))).toMatchObject({ name: "LibsqlError" });
    }
  });

  test("a batch is done whole or not at all", async () => {
    const insert = { sql: "INSERT INTO things (name) VALUES (?)", args: ["a"] };
    const count = "SELECT count(*) AS n FROM things";
    await same((client) => client.batch([insert, count], "write"));
    expect(await same((client) => client.batch([count, insert], "write"))).toMatchObject({
      statementIndex: 1,
    });
    await same((client) => client.batch(["DELETE FROM things", "ROLLBACK", count], "write"));
    await same((client) => client.batch(["BEGIN", count]));
    await same((client) => client.execute(count));
    for (const mode of ["write", "read", "deferred"] as const)
      await same((client) => client.batch([count], mode));
    await same((client) => client.batch([["SELECT ? AS x", [1]], ["SELECT 2 AS y"]] as never));
  });

  test("what a kept statement returns follows the schema", async () => {
    const all = "SELECT * FROM things";
    await same((client) => client.execute("INSERT INTO things (name) VALUES ('a')"));
    await same((client) => client.execute(all));
    await same((client) => client.execute("ALTER TABLE things ADD COLUMN more TEXT DEFAULT 'm'"));
    await same((client) => client.execute(all));
    await same((client) =>
      client.executeMultiple("ALTER TABLE things DROP COLUMN size; DELETE FROM things;"),
    );
    await same((client) => client.execute(all));
    await same((client) => client.batch(["DROP TABLE things", "CREATE TABLE things (other)"], "write"));
    await same((client) => client.execute(all));
    await same((client) => client.migrate(["DROP TABLE things", "CREATE TABLE things (a, b)"]));
    await same((client) => client.execute(all));
    await same((client) => client.executeMultiple("BEGIN; DROP TABLE things;"));
    await same((client) => client.execute(all));
  });

  test("closed and opened anew", async () => {
    await same(async (client) => client.close());
    expect(await same((client) => client.execute("SELECT 1"))).toMatchObject({ code: "CLIENT_CLOSED" });
    await same(async (client) => client.reconnect());
    await same((client) => client.execute("SELECT * FROM things"));
    expect([ours.closed, ours.protocol]).toEqual([theirs.closed, theirs.protocol]);
  });
});

test("every connection has the pragmas, also one that was opened anew", async () => {
  const client = new FileClient(join(folder, "p.db"), ["journal_mode = WAL", "busy_timeout = 4321"]);
  for (let i = 0; i < 2; i++) {
    expect((await client.execute("PRAGMA busy_timeout")).rows[0]?.[0]).toBe(4321);
    await client.reconnect();
  }
  client.close();
});

test("statements that were run to their end hold no lock and no old state", async () => {
  await ours.execute(table);
  const page = "SELECT id FROM things ORDER BY id";
  for (let i = 0; i < 150; i++) await ours.execute("INSERT INTO things (name) VALUES (?)", [`n${i}`]);
  for (let i = 0; i < 2; i++) expect((await ours.execute(page)).rows).toHaveLength(150);
  expect((await ours.execute("PRAGMA wal_checkpoint(TRUNCATE)")).rows[0]).toMatchObject({ busy: 0, log: 0 });
  const other = createClient({ url: `file:${join(folder, "ours.db")}`, concurrency: 1 });
  await other.execute("DELETE FROM things");
  expect((await ours.execute(page)).rows).toHaveLength(0);
  other.close();
});

test("another writer's lock is SQLITE_BUSY, and opening anew mends the connection", async () => {
  const client = new FileClient(join(folder, "ours.db"), ["busy_timeout = 1"]);
  await client.execute(table);
  const other = createClient({ url: `file:${join(folder, "ours.db")}`, concurrency: 1 });
  const lock = await other.transaction("write");
  const write = () => client.batch(["INSERT INTO things (name) VALUES ('a')"], "write");
  await expect(write()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  await lock.rollback();
  other.close();
  await client.reconnect();
  await write();
  client.close();
});

test("an interactive transaction is refused", () => {
  expect(() => ours.transaction("write")).toThrow(/may not be held across an await/);
});

test("more texts than are kept are run as well", async () => {
  for (let i = 0; i < 600; i++) expect((await ours.execute(`SELECT ${i} AS n`)).rows[0]?.n).toBe(i);
});
