import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Client, InValue, Transaction } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import Engine from "libsql";
import { syncFolder } from "./durable.ts";

/** How much of a table is asked for at once: as many rows as came to about this many bytes before. */
const pageBytes = 2 ** 20;
const pageRows = { first: 16, most: 2000 };

/** A copy of a remote database in a file of libSQL. */
export interface RemoteCopy {
  file: string;
  bytes: number;
  tables: number;
  rows: number;
}

interface Entry {
  type: string;
  name: string;
  sql: string | null;
}

/**
 * Copies a remote database, as it is at one moment, into `<folder>/before-migration-<time>.db`: its tables with their rows and row ids, then its indexes. It only
 * reads there, in one transaction, about a megabyte at a time. The copy stands under its name when it has every row, is whole and on the disk. `client` answers
 * integers as `bigint`. Throws `unavailable` where the copy cannot be made.
 */
export async function copyRemote(
  client: Client,
  folder: string,
  onTable: (name: string, rows: number) => void = () => undefined,
): Promise<RemoteCopy> {
  const into = resolve(folder);
  await mkdir(into, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  let file = join(into, `before-migration-${stamp}.db`);
  for (let i = 2; existsSync(file); i += 1) file = join(into, `before-migration-${stamp}-${i}.db`);
  const partial = `${file}.${process.pid}.tmp`;
  try {
    const copied = await copyInto(client, partial, onTable);
    await chmod(partial, 0o600);
    const written = await open(partial, "r+");
    await written.sync().finally(() => written.close());
    await rename(partial, file);
    await syncFolder(into);
    return { file, bytes: statSync(file).size, ...copied };
  } finally {
    for (const end of ["", "-journal", "-wal", "-shm"]) await rm(partial + end, { force: true });
  }
}

async function copyInto(
  client: Client,
  path: string,
  onTable: (name: string, rows: number) => void,
): Promise<Pick<RemoteCopy, "tables" | "rows">> {
  const local = new Engine(path);
  const remote = await client.transaction("read");
  try {
    local.exec("PRAGMA foreign_keys = OFF");
    const { rows } = await remote.execute("SELECT type, name, sql FROM sqlite_master");
    const entries = rows.map(({ type, name, sql }) => ({ type, name, sql }) as unknown as Entry);
    const tables = entries.filter((one) => one.type === "table" && isOurs(one.name));
    for (const { sql } of tables) local.exec(sql ?? "");
    let all = 0;
    for (const { name } of tables) {
      const copied = await copyTable(remote, local, name);
      onTable(name, copied);
      all += copied;
    }
    // What counts the ids of a table on stands in a table that the engine has made by itself.
    if (entries.some(({ name }) => name === "sqlite_sequence")) {
      local.exec("DELETE FROM sqlite_sequence");
      await copyTable(remote, local, "sqlite_sequence");
    }
    for (const { type, name, sql } of entries)
      if (type !== "table" && sql !== null && isOurs(name)) local.exec(sql);
    const found = Object.values(local.prepare("PRAGMA integrity_check(1)").get() as object)[0];
    if (found !== "ok") throw new ProblemError("unavailable", `the copy is damaged: ${String(found)}`);
    return { tables: tables.length, rows: all };
  } finally {
    remote.close();
    local.close();
  }
}

const isOurs = (name: string) => !/^(sqlite_|libsql_|_cf_)/.test(name);

/** Copies the rows of a table; returns how many. Throws `unavailable` when it has another number of them. */
async function copyTable(remote: Transaction, local: Engine.Database, name: string): Promise<number> {
  const table = quoted(name);
  const info = local.prepare(`SELECT name FROM pragma_table_info(?)`).all([name]) as { name: string }[];
  const columns = info.map((one) => quoted(one.name)).join(", ");
  const marks = info.map(() => "?").join(", ");
  const insert = local.prepare(`INSERT INTO ${table} (rowid, ${columns}) VALUES (?, ${marks})`);
  let after: InValue = null;
  let limit: number = pageRows.first;
  let copied = 0;
  for (;;) {
    const behind: string = after === null ? "" : "WHERE rowid > ?";
    const sql = `SELECT rowid AS copied_row, ${columns} FROM ${table} ${behind} ORDER BY rowid LIMIT ${limit}`;
    const { rows } = await remote.execute({ sql, args: after === null ? [] : [after] });
    let bytes = 0;
    local.exec("BEGIN");
    for (const row of rows) {
      const values = Array.from({ length: row.length }, (_, i) => row[i] as InValue);
      insert.run(values.map((value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value)));
      bytes += values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
    }
    local.exec("COMMIT");
    copied += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) break;
    after = last[0] as InValue;
    const fitting = Math.floor((pageBytes * rows.length) / Math.max(1, bytes));
    limit = Math.max(1, Math.min(fitting, limit * 4, pageRows.most));
  }
  const { rows } = await remote.execute(`SELECT count(*) FROM ${table}`);
  const there = Number(rows[0]?.[0]);
  if (there !== copied)
    throw new ProblemError("unavailable", `${name} has ${there} rows, and ${copied} were copied`);
  return copied;
}

function sizeOf(value: InValue): number {
  if (typeof value === "string") return value.length;
  return value instanceof ArrayBuffer ? value.byteLength : 8;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
