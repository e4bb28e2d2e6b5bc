import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { rowBlobs } from "./blobs.ts";

const digest = (letter: string) => letter.repeat(64);

test("rows of stored content are listed by their first part, and deleted when none was stored lately", async () => {
  const client = createClient({ url: "file::memory:" });
  await client.execute(
    `CREATE TABLE blob_parts (sha256 TEXT, part INTEGER, parts INTEGER, bytes INTEGER, stored_at INTEGER, body BLOB, PRIMARY KEY (sha256, part))`,
  );
  const add = (letter: string, part: number, storedAt: number) =>
    client.execute({
      sql: "INSERT INTO blob_parts VALUES (?, ?, 2, 2, ?, x'00')",
      args: [digest(letter), part, storedAt],
    });
  for (const letter of ["c", "a", "b"])
    for (const part of [0, 1]) await add(letter, part, part === 0 ? 10 : 20);
  const blobs = rowBlobs(client);
  expect(await blobs.list(null, 2)).toEqual([digest("a"), digest("b")]);
  expect(await blobs.list(digest("b"), 2)).toEqual([digest("c")]);
  expect(await blobs.delete(digest("b"), 20)).toBe(false);
  expect(await blobs.get(digest("b"))).not.toBeNull();
  expect(await blobs.delete(digest("b"), 21)).toBe(true);
  expect(await blobs.list(null, 9)).toEqual([digest("a"), digest("c")]);
  client.close();
});
