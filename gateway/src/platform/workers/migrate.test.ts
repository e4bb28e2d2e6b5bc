import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HranaServer, serveHrana } from "../../../../tools/hrana/server.ts";
import { migrateRemote } from "./migrate.ts";

let folder: string;
let server: HranaServer;
let client: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "migrate-"));
  server = await serveHrana({ file: join(folder, "data.db"), streamIdleMs: 100 });
  client = createClient({ url: server.url });
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test("an empty database gets every table, and a second run applies nothing", async () => {
  expect(await migrateRemote(client)).toBeGreaterThan(0);
  const { rows } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(["executions", "keys", "blob_parts"]));
  expect(await migrateRemote(client)).toBe(0);
});

test("of several at once each migration is applied by exactly one", async () => {
  const applied = await Promise.all(
    Array.from({ length: 4 }, () => migrateRemote(createClient({ url: server.url }))),
  );
  const { rows } = await client.execute("SELECT count(*) AS n FROM __drizzle_migrations");
  expect(applied.reduce((sum, one) => sum + one, 0)).toBe(rows[0]?.n);
});

test("one that was killed in the middle leaves nothing behind that stops the next", async () => {
  const killed = await client.transaction("write");
  await killed.execute("CREATE TABLE keys (half text)");
  // Its process is gone: nothing of it arrives any more, and the server ends the stream.
  expect(await migrateRemote(createClient({ url: server.url }))).toBeGreaterThan(0);
});

test("a database that a newer version wrote is refused, and stays as it is", async () => {
  await migrateRemote(client);
  await client.execute("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)");
  const refused = await migrateRemote(client).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(String(refused)).toMatch(/newer version/);
  const { rows } = await client.execute("SELECT count(*) AS n FROM __drizzle_migrations WHERE hash = 'x'");
  expect(rows[0]?.n).toBe(1);
});
