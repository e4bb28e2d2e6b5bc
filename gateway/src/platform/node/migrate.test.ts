import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import Engine from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { KeptStatements } from "./kept-statements.ts";

const killed = fileURLToPath(new URL("kill-at-statement.suite.ts", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-migrate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Everything that the schema of a file consists of, and what it says was applied. */
function schemaOf(path: string): { objects: string[]; applied: number } {
  const connection = new Engine(path);
  const objects = connection.prepare("SELECT type, name FROM sqlite_master ORDER BY 1, 2").all() as {
    type: string;
    name: string;
  }[];
  const hasTable = objects.some(({ name }) => name === "__drizzle_migrations");
  const applied = hasTable
    ? (connection.prepare("SELECT count(*) AS n FROM __drizzle_migrations").get() as { n: number }).n
    : 0;
  connection.close();
  return { objects: objects.map(({ type, name }) => `${type} ${name}`), applied: Number(applied) };
}

/** The schema of a database that was never touched by a fault. */
async function madeWhole(): Promise<ReturnType<typeof schemaOf>> {
  const whole = mkdtempSync(join(folder, "whole-"));
  (await openDatabase(whole)).close();
  const made = schemaOf(join(whole, "pulse.db"));
  expect(made.objects.length).toBeGreaterThan(40);
  return made;
}

/** What a fault left is the old schema or the new one, and the next start makes it whole. */
async function expectWhole(own: string, made: ReturnType<typeof schemaOf>): Promise<void> {
  const seen = schemaOf(join(own, "pulse.db"));
  const ours = seen.objects.filter((one) => !/__drizzle_migrations|sqlite_/.test(one));
  const isOld = ours.length === 0 && seen.applied === 0;
  expect(isOld ? made : seen).toEqual(made);
  (await openDatabase(own)).close();
  expect(schemaOf(join(own, "pulse.db"))).toEqual(made);
  rmSync(own, { recursive: true });
}

test("a migration that fails at any of its statements, before or after it, leaves the old schema or the new one", async () => {
  const made = await madeWhole();
  const run = KeptStatements.prototype.run;
  /** Opens a folder while the nth statement fails; false when there are not so many. */
  const failAt = async (own: string, n: number, isAfter: boolean): Promise<boolean> => {
    let statements = 0;
    KeptStatements.prototype.run = function failing(sql, args) {
      statements += 1;
      if (statements === n && !isAfter) throw new Error("injected");
      const result = run.call(this, sql, args);
      if (statements === n) throw new Error("injected");
      return result;
    };
    try {
      (await openDatabase(own)).close();
      return false;
    } catch (error) {
      expect(inspect(error)).toContain("injected");
      return true;
    } finally {
      KeptStatements.prototype.run = run;
    }
  };
  let failures = 0;
  for (const isAfter of [false, true]) {
    for (let n = 1; ; n++) {
      const own = mkdtempSync(join(folder, `at-${n}-`));
      if (!(await failAt(own, n, isAfter))) break;
      failures += 1;
      if (existsSync(join(own, "pulse.db"))) await expectWhole(own, made);
    }
  }
  expect(failures).toBeGreaterThan(100);
}, 120_000);

test("a process that is killed at a statement of a migration leaves the old schema or the new one", async () => {
  const made = await madeWhole();
  let deaths = 0;
  for (let n = 5; ; n += 9) {
    const own = mkdtempSync(join(folder, `at-${n}-`));
    const child = spawn(process.execPath, [killed, own, String(n)], { stdio: ["ignore", "pipe", "inherit"] });
    const [, signal] = await once(child, "exit");
    if (signal !== "SIGKILL") break;
    deaths += 1;
    await expectWhole(own, made);
  }
  expect(deaths).toBeGreaterThan(5);
}, 120_000);

test("two processes that start over the same new folder: the database is made once", async () => {
  const main = fileURLToPath(new URL("migrate.ts", import.meta.url));
  const env = { PATH: process.env.PATH ?? "", PULSE_DATA_DIR: folder };
  const all = Array.from({ length: 3 }, () => spawn(process.execPath, [main], { env, stdio: "ignore" }));
  const codes = await Promise.all(all.map(async (child) => (await once(child, "exit"))[0] as number));
  // The lock lets one in at a time: who comes meanwhile is told so.
  expect(codes.filter((code) => code === 0).length).toBeGreaterThan(0);
  expect(codes.filter((code) => code !== 0 && code !== 5)).toEqual([]);
  expect(spawnSync(process.execPath, [main], { env }).status).toBe(0);
  expect(schemaOf(join(folder, "pulse.db")).applied).toBeGreaterThan(0);
}, 60_000);
