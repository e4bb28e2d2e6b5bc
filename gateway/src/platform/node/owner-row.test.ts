import { createClient } from "@libsql/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemCodeOf } from "../../runners/parts.suite.ts";
import { createOwnerRow, fencedClient, type Owner } from "./owner-row.ts";

const client = createClient({ url: "file::memory:" });
const row = createOwnerRow(client);
beforeEach(async () => {
  await client.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  await client.execute("CREATE TABLE t (n INTEGER)");
});
afterEach(async () => {
  await client.batch(["DROP TABLE facts", "DROP TABLE t"]);
});

const claimed = async (seen: Owner | null, url: string): Promise<Owner> => {
  const mine = await row.claim(seen, url);
  if (mine === null) throw new Error("not claimed");
  return mine;
};
const count = async () => Number((await client.execute("SELECT count(*) AS n FROM t")).rows[0]?.n);

test("one of several takes a hub that nobody has, and one takes it from an owner that is gone", async () => {
  const first = await Promise.all(["http://a", "http://b", "http://c"].map((url) => row.claim(null, url)));
  expect(first.filter((one) => one !== null)).toHaveLength(1);
  const seen = await row.read();
  const second = await Promise.all(["http://d", "http://e"].map((url) => row.claim(seen, url)));
  expect(second.filter((one) => one !== null)).toMatchObject([{ epoch: 2 }]);
});

test("an owner that gave a sign of life since it was seen keeps the hub", async () => {
  const mine = await claimed(null, "http://a");
  const seen = await row.read();
  expect(await row.renew(mine)).toBe(true);
  expect(await row.claim(seen, "http://b")).toBeNull();
  expect(await row.read()).toEqual({ epoch: 1, beat: 1, url: "http://a" });
});

test("one that left is seen to have left; one that lost the hub renews no more", async () => {
  const mine = await claimed(null, "http://a");
  await row.release(mine);
  const seen = await row.read();
  expect(seen?.beat).toBe(-1);
  await claimed(seen, "http://b");
  expect(await row.renew(mine)).toBe(false);
  await row.release(mine);
  expect(await row.read()).toEqual({ epoch: 2, beat: 0, url: "http://b" });
});

test("writes of an owner go through with their results; those of one that was replaced change nothing, and it hears of it", async () => {
  const mine = await claimed(null, "http://a");
  let lost = 0;
  const fenced = fencedClient(client, mine, () => {
    lost += 1;
  });
  const results = await fenced.batch(["INSERT INTO t VALUES (1)", "SELECT count(*) AS n FROM t"], "write");
  expect(results.map(({ rows }) => rows.length)).toEqual([0, 1]);
  expect((await fenced.execute("INSERT INTO t VALUES (2) RETURNING n")).rows).toMatchObject([{ n: 2 }]);
  await claimed(await row.read(), "http://b");
  expect(
    await problemCodeOf(fenced.batch(["INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (4)"], "write")),
  ).toBe("unavailable");
  expect(await problemCodeOf(fenced.execute({ sql: "INSERT INTO t VALUES (?)", args: [5] }))).toBe(
    "unavailable",
  );
  expect([await count(), lost]).toEqual([2, 2]);
  expect((await fenced.execute("SELECT * FROM t")).rows).toHaveLength(2);
});

test("a statement that fails for a reason of its own is told as it is", async () => {
  const mine = await claimed(null, "http://a");
  const fenced = fencedClient(client, mine, () => {
    throw new Error("the owner did not change");
  });
  await expect(fenced.batch(["INSERT INTO absent VALUES (1)"], "write")).rejects.toThrow(/no such table/);
  await expect(fenced.batch(["SELECT json('x')"], "write")).rejects.toThrow(/malformed JSON/);
});
