import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/web";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrateRemote } from "../gateway/src/platform/workers/migrate.ts";
import { type HranaServer, serveHrana } from "../tools/hrana/server.ts";
import { freePort, startProcess } from "./platforms/node.ts";

const token = "a-token-of-the-database";

const schemaOf = async (of: Client) => {
  const { rows } = await of.execute("SELECT name, sql FROM sqlite_master ORDER BY name");
  return rows.map(({ name, sql }) => [name, sql]);
};

/**
 * Migrates a fresh database as often as a migration makes requests, and kills the process while the first, the second, … is under way, which is then
 * answered to nobody. Each time the next process must end with the schema of one that nobody disturbed. Answers how to read the last one.
 */
async function killedAnywhere(folder: string, args: string[]) {
  const entry = "gateway/src/platform/workers/migrate-main.ts";
  const start = (url: string) =>
    startProcess(entry, { PULSE_DATABASE_URL: url }, [...args, "--copy-to", folder]);
  const whole = await serveHrana({ file: join(folder, "whole.db") });
  const undisturbed = start(whole.url);
  expect(await undisturbed.exited, undisturbed.output()).toBe(0);
  const requests = whole.counts().pipelines;
  const expected = await schemaOf(createClient({ url: whole.url }));
  await whole.close();
  expect(requests).toBeGreaterThan(3);
  const fileOf = (at: number) => join(folder, `killed-${at}.db`);
  const killedAt = async (at: number) => {
    const server = await serveHrana({ file: fileOf(at) });
    const held = server.hold(at);
    const killed = start(server.url);
    await held.arrived;
    killed.child.kill("SIGKILL");
    await killed.exited;
    expect(killed.child.signalCode).toBe("SIGKILL");
    held.release();
    const next = start(server.url);
    expect(await next.exited, next.output()).toBe(0);
    expect(await schemaOf(createClient({ url: server.url }))).toEqual(expected);
    await server.close();
  };
  await Promise.all(Array.from({ length: requests }, (_, i) => killedAt(i + 1)));
  return async (table: string) => {
    const server = await serveHrana({ file: fileOf(requests) });
    const { rows } = await createClient({ url: server.url }).execute(`SELECT id FROM ${table}`);
    await server.close();
    return rows.map(({ id }) => id);
  };
}

/** `pulse migrate` as a process of its own, over a real libSQL behind HTTP. */
describe("pulse migrate, for a remote database", () => {
  let folder: string;
  let server: HranaServer;
  let client: Client;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulse-migrate-"));
    server = await serveHrana({ file: join(folder, "remote.db"), token });
    client = createClient({ url: server.url, authToken: token });
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const migrate = (env: Record<string, string> = {}, args: string[] = []) =>
    startProcess("cli/src/main.ts", { PULSE_DATABASE_URL: server.url, PULSE_DATABASE_TOKEN: token, ...env }, [
      "migrate",
      ...args,
    ]);
  const recorded = async () => {
    const { rows } = await client.execute("SELECT created_at FROM __drizzle_migrations ORDER BY created_at");
    return rows.map((row) => row.created_at);
  };

  test("makes every table of an empty database, and finds nothing to do the second time", async () => {
    const first = migrate();
    expect(await first.exited, first.output()).toBe(0);
    expect(first.output()).toMatch(/is up to date, [1-9]\d* migrations applied now/);
    const second = migrate({}, ["--json", "--copy-to", folder]);
    expect(await second.exited, second.output()).toBe(0);
    expect(second.output()).toContain('{"migrated":true}');
    expect(second.output()).toContain(", 0 migrations applied now");
  });

  test("two at once end well, and each migration is there once", async () => {
    server.disturb({ delayMs: 50 });
    const both = [migrate(), migrate()];
    for (const one of both) expect(await one.exited, one.output()).toBe(0);
    server.disturb({});
    const once = await recorded();
    expect(once.length).toBeGreaterThan(0);
    expect(new Set(once).size).toBe(once.length);
  });

  /** Fills the database as this version does, and answers how the next one, with a migration more, migrates it. */
  const leaveOld = async () => {
    const next = join(folder, "next");
    await cp("schema/migrations", next, { recursive: true });
    const path = join(next, "meta/_journal.json");
    const journal = JSON.parse(await readFile(path, "utf8")) as { entries: { when: number }[] };
    const last = journal.entries.at(-1);
    journal.entries.push({ ...last, ...{ idx: 99, when: (last?.when ?? 0) + 1, tag: "next" } });
    await writeFile(path, JSON.stringify(journal));
    await writeFile(join(next, "next.sql"), "ALTER TABLE facts ADD COLUMN later text;");
    await migrateRemote(client);
    await client.execute("INSERT INTO facts (name, value) VALUES ('kept', 'as it was')");
    const env = { PULSE_DATABASE_URL: server.url, PULSE_DATABASE_TOKEN: token };
    return (...args: string[]) =>
      startProcess("gateway/src/platform/workers/migrate-main.ts", env, [next, ...args]);
  };

  test("copies a database that has something into a file before it changes it", async () => {
    const migrateNext = await leaveOld();
    const [before, copies] = [await schemaOf(client), join(folder, "copies")];
    const first = migrateNext("--copy-to", copies);
    expect(await first.exited, first.output()).toBe(0);
    expect(first.output()).toMatch(/copied facts: [1-9]\d* rows/);
    expect(first.output()).toMatch(/was copied to .*copies\/before-migration-\S+\.db before/);
    expect(first.output()).toContain("1 migrations applied now");
    const [file, ...others] = await readdir(copies);
    expect(others).toEqual([]);
    const copy = await serveHrana({ file: join(copies, file ?? "") });
    const reader = createClient({ url: copy.url });
    expect(await schemaOf(reader)).toEqual(before);
    const { rows } = await reader.execute("SELECT value FROM facts WHERE name = 'kept'");
    expect(rows[0]?.value).toBe("as it was");
    await copy.close();
    // Nothing is due: nothing is copied.
    const second = migrateNext("--copy-to", copies);
    expect(await second.exited, second.output()).toBe(0);
    expect((await readdir(copies)).filter((name) => name.endsWith(".db"))).toEqual([file]);
  });

  test("changes nothing where the copy cannot be made, and says what to do, which then works", async () => {
    const migrateNext = await leaveOld();
    const before = await schemaOf(client);
    await writeFile(join(folder, "a-file"), "");
    const refused = migrateNext("--copy-to", join(folder, "a-file"));
    expect(await refused.exited).toBe(5);
    expect(refused.output()).toContain("nothing was changed");
    expect(refused.output()).toContain("pulse migrate --without-copy");
    expect(await schemaOf(client)).toEqual(before);
    const without = migrateNext("--without-copy");
    expect(await without.exited, without.output()).toBe(0);
    expect(without.output()).not.toContain("copied");
    expect(without.output()).toContain("1 migrations applied now");
  });

  test("killed with any of its requests under way, it leaves what the next one finishes", async () => {
    await killedAnywhere(folder, []);
  }, 120_000);

  test("killed before, in or between any of several migrations, it leaves what the next one finishes", async () => {
    const migrations = join(folder, "migrations");
    await mkdir(join(migrations, "meta"), { recursive: true });
    const entries = ["first", "second", "third"].map((tag, i) => ({
      idx: i,
      when: i + 1,
      tag,
      breakpoints: true,
    }));
    for (const { tag } of entries) {
      const sql = `CREATE TABLE ${tag} (id text);--> statement-breakpoint\nINSERT INTO ${tag} VALUES ('a row of ${tag}');`;
      await writeFile(join(migrations, `${tag}.sql`), sql);
    }
    await writeFile(join(migrations, "meta/_journal.json"), JSON.stringify({ entries }));
    const rowsOf = await killedAnywhere(folder, [migrations]);
    for (const { tag } of entries) expect(await rowsOf(tag)).toEqual([`a row of ${tag}`]);
  }, 120_000);

  test("an older version refuses what a newer one wrote, changes nothing, and says so", async () => {
    expect(await migrate().exited).toBe(0);
    await client.execute(
      "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('newer', 9999999999999)",
    );
    const before = await schemaOf(client);
    const older = migrate();
    expect(await older.exited).toBe(5);
    expect(older.output()).toContain("written by a newer version of Pulse");
    expect(await schemaOf(client)).toEqual(before);
  });

  test.each([
    ["a wrong token", () => ({ PULSE_DATABASE_TOKEN: "another" }), 3, "check PULSE_DATABASE_TOKEN"],
    ["a URL that is none", () => ({ PULSE_DATABASE_URL: "file:x.db" }), 6, "must be the libsql://"],
  ])("%s is said in words, without the token", async (_what, env, code, words) => {
    const refused = migrate(env());
    expect(await refused.exited).toBe(code);
    expect(refused.output()).toContain(words);
    expect(refused.output()).not.toContain(token);
  });

  test("an address where nothing answers is said in words", async () => {
    const refused = migrate({ PULSE_DATABASE_URL: `http://127.0.0.1:${await freePort()}` });
    expect(await refused.exited).toBe(7);
    expect(refused.output()).toContain("no database answers at 127.0.0.1");
  });
});
