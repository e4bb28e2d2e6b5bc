import { createClient } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "./journal.ts";

const insert = {
  rank: 0,
  sql: "INSERT INTO t (a) SELECT j.value ->> '$[0]' FROM json_each(?) AS j RETURNING a",
};
const client = createClient({ url: "file::memory:" });
const problems: unknown[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (_: string, cause: unknown) => problems.push(cause),
};
let batches = 0;
const batch = client.batch.bind(client);
client.batch = (statements, mode) => {
  batches += 1;
  return batch(statements, mode);
};
const journal = new Journal(client, { now: () => 0, soon: (callback) => void setImmediate(callback), log });

beforeEach(async () => {
  await client.execute("CREATE TABLE t (a INTEGER NOT NULL CHECK (a < 100))");
  batches = 0;
  problems.length = 0;
});
afterEach(() => client.execute("DROP TABLE t"));

test("what is written in one turn is one commit and one statement a group", async () => {
  await Promise.all([1, 2, 3].map((a) => journal.group(insert, [a])));
  expect(batches).toBe(1);
  expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]).toMatchObject({ n: 3 });
});

test("a write that fails takes none of its neighbours along", async () => {
  const writes = await Promise.allSettled([1, 100, 3].map((a) => journal.group(insert, [a])));
  expect(writes.map((write) => write.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await client.execute("SELECT a FROM t ORDER BY a")).rows.map((row) => row.a)).toEqual([1, 3]);
  expect(writes[1]).toMatchObject({ reason: { code: "unavailable" } });
  expect(problems).toHaveLength(1);
});

test("where the database does not answer, it is asked once for all of a flush, not again for each write", async () => {
  const away = new ProblemError("unavailable", "the database does not answer");
  let asked = 0;
  const absent = new Journal(
    Object.assign(Object.create(client), {
      batch: () => {
        asked += 1;
        return Promise.reject(away);
      },
    }),
    { now: () => 0, soon: (callback) => void setImmediate(callback), log },
  );
  const writes = await Promise.allSettled([1, 2, 3].map((a) => absent.group(insert, [a])));
  expect(writes.map((write) => write.status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(asked).toBe(1);
});

test("a statement of its own sees the groups of its flush", async () => {
  const [, rows] = await Promise.all([
    journal.group(insert, [7]),
    journal.run("SELECT count(*) AS n FROM t", []),
  ]);
  expect(rows[0]).toMatchObject({ n: 1 });
});

test("what goes along with a write is in its commit, however many writes there are", async () => {
  const counted = { rank: 9, sql: "INSERT INTO t (a) SELECT j.value ->> '$[0]' FROM json_each(?) AS j" };
  const along = [{ grouped: counted, row: [50] }];
  await Promise.all(Array.from({ length: 129 }, () => journal.group(insert, [7], along)));
  expect(batches).toBe(2);
  const { rows } = await client.execute("SELECT a, count(*) AS n FROM t GROUP BY a");
  expect(rows.map(({ a, n }) => [a, n])).toEqual([
    [7, 129],
    [50, 129],
  ]);
});

test("what goes along with a write that fails is not written either", async () => {
  const along = [{ grouped: insert, row: [1] }];
  await expect(journal.group({ ...insert, rank: 5 }, [100], along)).rejects.toMatchObject({
    code: "unavailable",
  });
  expect((await client.execute("SELECT count(*) AS n FROM t")).rows[0]).toMatchObject({ n: 0 });
});
