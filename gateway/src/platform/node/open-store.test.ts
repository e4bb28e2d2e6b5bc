import { copyFileSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acceptRollback } from "./high-water.ts";
import { openStore, type Store } from "./open-store.ts";

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-store-"));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = {
  info: () => undefined,
  warn: (message: string) => warnings.push(message),
  error: (message: string, cause: unknown) => warnings.push(`${message}: ${cause}`),
};
const open = (acceptRollback = false) => openStore(folder, { reserveBytes: 0, acceptRollback, log });
const path = () => join(folder, "pulse.db");
const refusal = async (given = open()): Promise<{ detail: string; hint: string }> => {
  try {
    await (await given).close();
  } catch (error) {
    if (error instanceof ProblemError) return { detail: error.message, hint: error.extras.hint ?? "" };
    throw error;
  }
  return { detail: "opened", hint: "" };
};

const tell = (store: Store) =>
  store.database.client.execute(
    "INSERT INTO events (project, topic, subject, at) VALUES ('default', 'runners', 'a', 1)",
  );
const addWork = (store: Store) =>
  store.database.client.batch(
    [
      ...["queued", "running", "succeeded"].map(
        (
          status,
          i,
        ) => `INSERT INTO executions (id, project, kind, status, fence, name, pool, route, mode, delivery, trigger_type, run_at, created_at,
          ended_at, trigger, job) VALUES ('exe_${status}', 'default', 'function', '${status}', ${i}, 'a', 'default', '', 'async', 'atLeastOnce', 'http', 0, 0,
          ${status === "succeeded" ? 1 : "NULL"}, '{}', '{}')`,
      ),
      `INSERT INTO runners (id, project, name, pool, labels, ephemeral, thumbprint, signing_key, sealing_key, epoch, capabilities, created_at)
       VALUES ('rnr_a', 'default', 'a', 'default', '{}', 0, '', '{}', '{}', 4, '[]', 0)`,
    ],
    "write",
  );
/** Copies the database as it stands on the disk, checkpointed. */
async function copy(store: Store, to: string): Promise<void> {
  await store.database.client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  copyFileSync(path(), to);
}
function putBack(from: string): void {
  for (const rest of ["", "-wal", "-shm"]) rmSync(path() + rest, { force: true });
  copyFileSync(from, path());
}

test("a store that was closed opens again", async () => {
  const first = await open();
  await tell(first);
  await first.close();
  await (await open()).close();
  expect(warnings).toEqual([]);
});

test("what is no database, is cut off or has a page of rubbish is refused, with the way to a backup; nothing is changed", async () => {
  const store = await open();
  for (let n = 0; n < 500; n++) await tell(store);
  const whole = join(folder, "whole");
  await copy(store, whole);
  await store.close();
  const damages = [
    () => writeFileSync(path(), "this is no database".repeat(1000)),
    () => truncateSync(path(), 40_000),
  ];
  for (const damage of damages) {
    putBack(whole);
    damage();
    const { detail, hint } = await refusal();
    expect(detail).toMatch(/^the database in .* is damaged: /);
    expect(hint).toContain("pulse backup restore");
  }
  putBack(whole);
  await (await open()).close();
});

test("a database of an earlier start, put back, is refused", async () => {
  const first = await open();
  const old = join(folder, "old");
  await copy(first, old);
  await first.close();
  await (await open()).close();
  putBack(old);
  const { detail, hint } = await refusal();
  expect(detail).toMatch(/older than it was: it has seen 1 starts/);
  expect(hint).toContain("--accept-rollback");
});

test("a database of a few seconds ago, put back, is refused", async () => {
  const store = await open();
  const old = join(folder, "old");
  await tell(store);
  await copy(store, old);
  await tell(store);
  await store.look();
  // As after a crash: nothing is written at the end.
  store.database.client.close();
  putBack(old);
  expect((await refusal()).detail).toMatch(/has seen 1 starts and 1 events, of 1 and 2/);
});

test("an accepted rollback raises open fences above whatever was handed out since, and goes on", async () => {
  const store = await open();
  await addWork(store);
  const old = join(folder, "old");
  await copy(store, old);
  await tell(store);
  await store.close();
  putBack(old);
  const again = await open(true);
  const { client } = again.database;
  const fences = (await client.execute("SELECT id, fence FROM executions ORDER BY id")).rows;
  expect(fences).toMatchObject([
    { id: "exe_queued", fence: 1_000_000 },
    { id: "exe_running", fence: 1_000_001 },
    { id: "exe_succeeded", fence: 2 },
  ]);
  // The session that stands goes on; the next one is above any that was lost.
  expect((await client.execute("SELECT epoch FROM runners")).rows).toMatchObject([{ epoch: 4 }]);
  const floor = await client.execute(
    "SELECT CAST(value AS INTEGER) AS n FROM facts WHERE name = 'epoch floor'",
  );
  expect(floor.rows).toMatchObject([{ n: 1_000_004 }]);
  const newest = Number((await client.execute("SELECT max(id) AS id FROM events")).rows[0]?.id);
  expect(newest).toBeGreaterThan(1);
  await again.close();
  expect(warnings).toEqual([expect.stringMatching(/older than it was/)]);
  expect(await refusal()).toEqual({ detail: "opened", hint: "" });
});

test("a restored database is taken without a flag, once, and its fences are raised", async () => {
  const store = await open();
  await addWork(store);
  await store.close();
  acceptRollback(folder);
  const again = await open();
  const { rows } = await again.database.client.execute(
    "SELECT fence FROM executions WHERE id = 'exe_queued'",
  );
  expect(rows).toMatchObject([{ fence: 1_000_000 }]);
  await again.close();
  const third = await open();
  const { rows: after } = await third.database.client.execute(
    "SELECT fence FROM executions WHERE id = 'exe_queued'",
  );
  expect(after).toMatchObject([{ fence: 1_000_000 }]);
  await third.close();
});

test("a mark that cannot be read is refused rather than believed", async () => {
  await (await open()).close();
  writeFileSync(join(folder, "high-water"), "{");
  expect((await refusal()).detail).toMatch(/high-water cannot be read/);
});

test("without a reserve none is made", async () => {
  const store = await open();
  expect(store.disk()).toMatchObject({ state: "ok", reserveBytes: 0 });
  expect(existsSync(join(folder, "disk-reserve"))).toBe(false);
  await store.close();
});
