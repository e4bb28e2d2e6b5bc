import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/web";
import Engine from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HranaServer, serveHrana } from "../../../../tools/hrana/server.ts";
import { migrateRemote } from "../workers/migrate.ts";
import { copyRemote } from "./copy-remote.ts";

let folder: string;
let server: HranaServer;
let client: Client;
let reader: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "copy-"));
  server = await serveHrana({ file: join(folder, "data.db") });
  client = createClient({ url: server.url });
  reader = createClient({ url: server.url, intMode: "bigint" });
});

afterEach(async () => {
  client.close();
  reader.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everything a libSQL file says of itself: its schema, and each table's rows with their row ids. */
function contentOf(file: string) {
  const local = new Engine(file, { readonly: true });
  local.defaultSafeIntegers(true);
  const schema = local.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all() as {
    type: string;
    name: string;
  }[];
  const rows = schema
    .filter(({ type }) => type === "table")
    .map(
      ({ name }) =>
        [
          name,
          local.prepare(`SELECT rowid, * FROM "${name.replaceAll('"', '""')}" ORDER BY rowid`).all(),
        ] as const,
    );
  local.close();
  return { schema, rows: Object.fromEntries(rows) };
}

test("a copy has every table, row, row id, index and counter, and each value as it was", async () => {
  await migrateRemote(client);
  await client.batch(
    [
      "CREATE TABLE many (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, what text)",
      "CREATE INDEX many_by_what ON many (what)",
      'CREATE TABLE "odd ""name" (a text, b blob, c real, d integer)',
      "INSERT INTO many (what) SELECT hex(randomblob(4)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n)",
      "DELETE FROM many WHERE id % 7 = 0 OR id > 4900",
      "INSERT INTO \"odd \"\"name\" (rowid, a, b, c, d) VALUES (-5, char(241, 0, 120), x'00ff10', 1.5, 9007199254740993), (9, NULL, x'', -0.0, NULL)",
      'INSERT INTO "odd ""name" (a, b) SELECT \'large\', randomblob(300000) FROM many LIMIT 12',
    ],
    "write",
  );
  const made = await copyRemote(reader, join(folder, "copies"));
  expect(made.rows).toBeGreaterThan(4000);
  expect((await stat(made.file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, "copies"))).toEqual([made.file.split("/").at(-1)]);
  const [copied, whole] = [contentOf(made.file), contentOf(join(folder, "data.db"))];
  expect(copied.schema).toEqual(whole.schema);
  expect(Object.keys(copied.rows)).toContain("sqlite_sequence");
  for (const name of Object.keys(whole.rows))
    expect([name, copied.rows[name]]).toEqual([name, whole.rows[name]]);
});

test("what is written while it copies is not in it, in no table", async () => {
  await client.batch(
    ["CREATE TABLE first (n integer)", "CREATE TABLE second (n integer)", "INSERT INTO first VALUES (1)"],
    "write",
  );
  let wrote: Promise<unknown> | undefined;
  const made = await copyRemote(reader, folder, (name) => {
    if (name === "first") wrote = client.execute("INSERT INTO second VALUES (2)");
  });
  await wrote;
  expect(contentOf(made.file).rows).toMatchObject({ first: [{ n: 1n }], second: [] });
  expect((await client.execute("SELECT n FROM second")).rows.length).toBe(1);
});

test("a copy that breaks off leaves no file", async () => {
  await migrateRemote(client);
  const copying = copyRemote(reader, join(folder, "copies"), () => server.disturb({ refuse: true }));
  await expect(copying).rejects.toThrow();
  expect(await readdir(join(folder, "copies"))).toEqual([]);
});
