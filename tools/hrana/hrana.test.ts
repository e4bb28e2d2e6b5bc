import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, LibsqlError } from "@libsql/client/web";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HranaOptions, type HranaServer, serveHrana } from "./server.ts";

let folder: string;
let server: HranaServer;
let client: Client;

async function start(options: Partial<HranaOptions> = {}): Promise<void> {
  server = await serveHrana({ file: join(folder, "data.db"), ...options });
  client = createClient({ url: server.url });
}

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v3/pipeline`, { method: "POST", body: JSON.stringify(body), headers });

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LibsqlError)) throw new Error(`expected a LibsqlError, got ${String(error)}`);
  return error.code;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hrana-"));
  await start();
  await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB, size REAL)");
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("what the web client of libSQL does against it", () => {
  test("values of every type come back as they went", async () => {
    const args = [7, "ñ 🙂", new Uint8Array([0, 1, 255]), 1.5];
    await client.execute({ sql: "INSERT INTO t VALUES (?, ?, ?, ?)", args });
    const { rows, columns } = await client.execute("SELECT *, NULL AS none, typeof(id) AS kind FROM t");
    expect(columns).toEqual(["id", "name", "body", "size", "none", "kind"]);
    expect(rows[0]).toMatchObject({ id: 7, name: "ñ 🙂", size: 1.5, none: null, kind: "integer" });
    expect([...new Uint8Array(rows[0]?.body as ArrayBuffer)]).toEqual([0, 1, 255]);
  });

  test("named arguments, RETURNING, changed rows and the last row id", async () => {
    const made = await client.execute({ sql: "INSERT INTO t (name) VALUES (:n)", args: { n: "a" } });
    expect([made.rowsAffected, made.lastInsertRowid]).toEqual([1, 1n]);
    const changed = await client.execute({
      sql: "UPDATE t SET name = $n RETURNING id, name",
      args: { n: "b" },
    });
    expect(changed.rows).toMatchObject([{ id: 1, name: "b" }]);
    expect(changed.rowsAffected).toBe(1);
    const none = await client.execute("UPDATE t SET name = 'c' WHERE id = 99 RETURNING id");
    expect([none.rows.length, none.rowsAffected]).toEqual([0, 0]);
  });

  test("a batch is one transaction: a failing statement undoes the ones before and stops the ones after", async () => {
    const code = await codeOf(
      client.batch(
        [
          "INSERT INTO t (name) VALUES ('one')",
          "INSERT INTO t (name) VALUES ('one')",
          "INSERT INTO t (name) VALUES ('two')",
        ],
        "write",
      ),
    );
    expect(code).toBe("SQLITE_CONSTRAINT");
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.n).toBe(0);
    await client.batch([{ sql: "INSERT INTO t (name) VALUES (?)", args: ["after"] }], "write");
    expect((await client.execute("SELECT name FROM t")).rows[0]?.name).toBe("after");
  });

  test("a repeated statement of a batch is stored once as text and runs each time", async () => {
    const sql = "INSERT INTO t (name) VALUES (?)";
    await client.batch(
      Array.from({ length: 50 }, (_, i) => ({ sql, args: [`n${i}`] })),
      "write",
    );
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.n).toBe(50);
  });

  test("an interactive transaction sees its own writes, others do not, and rollback undoes them", async () => {
    const transaction = await client.transaction("write");
    await transaction.execute("INSERT INTO t (name) VALUES ('mine')");
    expect((await transaction.execute("SELECT name FROM t")).rows.length).toBe(1);
    expect((await client.execute("SELECT name FROM t")).rows.length).toBe(0);
    await transaction.rollback();
    expect((await client.execute("SELECT name FROM t")).rows.length).toBe(0);
    const second = await client.transaction("write");
    await second.execute("INSERT INTO t (name) VALUES ('kept')");
    await second.commit();
    expect((await client.execute("SELECT name FROM t")).rows[0]?.name).toBe("kept");
  });

  test("several statements in one text run in order", async () => {
    await client.executeMultiple("INSERT INTO t (name) VALUES ('x'); UPDATE t SET name = 'y';");
    expect((await client.execute("SELECT name FROM t")).rows[0]?.name).toBe("y");
  });

  test.each([
    ["a syntax error", "SELEC 1", "SQLITE_ERROR"],
    ["a missing table", "SELECT * FROM nowhere", "SQLITE_ERROR"],
    ["no statement at all", " -- nothing\n;", "SQL_NO_STATEMENT"],
  ])("%s is an error with its code, and the next statement works", async (_name, sql, code) => {
    expect(await codeOf(client.execute(sql))).toBe(code);
    expect((await client.execute("SELECT 1 AS one")).rows[0]?.one).toBe(1);
  });

  test("500 parallel batches all arrive", async () => {
    const sql = "INSERT INTO t (name) VALUES (?)";
    const one = (i: number) => createClient({ url: server.url }).batch([{ sql, args: [`p${i}`] }], "write");
    await Promise.all(Array.from({ length: 500 }, (_, i) => one(i)));
    expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.n).toBe(500);
  });
});

describe("locks", () => {
  test("a writer waits for another's transaction and then succeeds", async () => {
    const holder = await client.transaction("write");
    await holder.execute("INSERT INTO t (name) VALUES ('first')");
    const waiting = client.execute("INSERT INTO t (name) VALUES ('second')");
    await holder.commit();
    expect((await waiting).rowsAffected).toBe(1);
  });

  test("a writer that waited too long is answered SQLITE_BUSY, and works again later", async () => {
    await server.close();
    await start({ busyMs: 50 });
    const holder = await client.transaction("write");
    await holder.execute("INSERT INTO t (name) VALUES ('first')");
    expect(await codeOf(client.execute("INSERT INTO t (name) VALUES ('late')"))).toBe("SQLITE_BUSY");
    await holder.rollback();
    expect((await client.execute("INSERT INTO t (name) VALUES ('later')")).rowsAffected).toBe(1);
  });

  test("a stream that is not used is rolled back, and its baton opens nothing", async () => {
    await server.close();
    await start({ streamIdleMs: 30 });
    const begin = {
      requests: [
        { type: "execute", stmt: { sql: "BEGIN IMMEDIATE" } },
        { type: "execute", stmt: { sql: "INSERT INTO t (name) VALUES ('lost')" } },
      ],
    };
    const { baton } = (await (await post(begin)).json()) as { baton: string };
    // Waits for the lock, which only the end of the idle stream frees.
    expect((await client.execute("INSERT INTO t (name) VALUES ('next')")).rowsAffected).toBe(1);
    const late = await post({ baton, requests: [{ type: "execute", stmt: { sql: "COMMIT" } }] });
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([400, "STREAM_EXPIRED"]);
    expect((await client.execute("SELECT name FROM t")).rows.map((row) => row.name)).toEqual(["next"]);
  });
});

describe("the protocol itself", () => {
  test("conditions of a batch decide which steps run", async () => {
    const steps = [
      { stmt: { sql: "BEGIN" } },
      { condition: { type: "ok", step: 0 }, stmt: { sql: "INSERT INTO nowhere VALUES (1)" } },
      { condition: { type: "error", step: 1 }, stmt: { sql: "SELECT 'failed'" } },
      { condition: { type: "not", cond: { type: "is_autocommit" } }, stmt: { sql: "ROLLBACK" } },
      {
        condition: {
          type: "and",
          conds: [
            { type: "ok", step: 3 },
            { type: "ok", step: 1 },
          ],
        },
        stmt: { sql: "SELECT 'never'" },
      },
      {
        condition: {
          type: "or",
          conds: [
            { type: "ok", step: 3 },
            { type: "ok", step: 1 },
          ],
        },
        stmt: { sql: "SELECT 'done'" },
      },
    ];
    const answer = await post({ requests: [{ type: "batch", batch: { steps } }, { type: "close" }] });
    const { results, baton } = (await answer.json()) as {
      baton: string | null;
      results: { response: { result: { step_results: unknown[]; step_errors: unknown[] } } }[];
    };
    const result = results[0]?.response.result;
    expect(baton).toBeNull();
    expect(result?.step_results.map((one) => one !== null)).toEqual([true, false, true, true, false, true]);
    expect(result?.step_errors.map((one) => one !== null)).toEqual([false, true, false, false, false, false]);
  });

  test("autocommit and description are told", async () => {
    const requests = [
      { type: "get_autocommit" },
      { type: "execute", stmt: { sql: "BEGIN" } },
      { type: "get_autocommit" },
      { type: "describe", sql: "SELECT id AS x FROM t" },
      { type: "close" },
    ];
    const { results } = (await (await post({ requests })).json()) as {
      results: { response: { is_autocommit?: boolean; result?: { cols: object[] } } }[];
    };
    expect([results[0]?.response.is_autocommit, results[2]?.response.is_autocommit]).toEqual([true, false]);
    expect(results[3]?.response.result?.cols).toEqual([{ name: "x", decltype: "INTEGER" }]);
  });

  test.each([
    ["{}", 400],
    ['{"requests":[{"type":"dance"}]}', 400],
    ["{", 400],
    ['{"baton":"made up","requests":[]}', 400],
  ])("the body %s is refused", async (body, status) => {
    expect((await fetch(`${server.url}/v2/pipeline`, { method: "POST", body })).status).toBe(status);
  });

  test("a wrong token is 401, the right one opens", async () => {
    await server.close();
    await start({ token: "open-sesame" });
    expect(await codeOf(client.execute("SELECT 1"))).toBe("SERVER_ERROR");
    const allowed = createClient({ url: server.url, authToken: "open-sesame" });
    expect((await allowed.execute("SELECT 1 AS one")).rows[0]?.one).toBe(1);
  });

  test("what it was told to refuse is 503, and pipelines and statements are counted", async () => {
    server.disturb({ refuse: true });
    expect(await codeOf(client.execute("SELECT 1"))).toBe("UNAVAILABLE");
    server.disturb({});
    const before = server.counts();
    await client.batch(["SELECT 1", "SELECT 2"], "read");
    const { pipelines, statements } = server.counts();
    // BEGIN, the two, COMMIT, and the ROLLBACK that a finished batch skips.
    expect([pipelines - before.pipelines, statements - before.statements]).toEqual([1, 4]);
  });
});
