import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";

/** Larger files are looked through only after an end that was not in order: a check takes some 1.3 s per GB from the cache, far more from a slow disk. */
const alwaysCheckedBytes = 2 * 2 ** 30;
const cleanEnd = "ended-in-order";

/** Whether the file is to be looked through before it is used. Forgets that the last end was in order: this one is yet to be. */
export function isCheckDue(dataDir: string): boolean {
  const mark = join(dataDir, cleanEnd);
  const endedInOrder = existsSync(mark);
  rmSync(mark, { force: true });
  const path = join(dataDir, "pulse.db");
  if (!existsSync(path)) return false;
  return !endedInOrder || statSync(path).size <= alwaysCheckedBytes;
}

/** Notes that the database was closed in order. */
export function noteCleanEnd(dataDir: string): void {
  writeFileSync(join(dataDir, cleanEnd), "", { mode: 0o600 });
}

/** Looks through the whole file; throws `unavailable` with what was found and what to do. */
export async function refuseDamage(client: Client, dataDir: string): Promise<void> {
  const { rows } = await client.execute("PRAGMA quick_check(5)");
  const found = rows.map((row) => String(Object.values(row)[0]));
  if (found.length === 1 && found[0] === "ok") return;
  throw damaged(dataDir, found.join("; "));
}

/** Checks that a commit is on the disk before it is answered; throws `unavailable` where the file system cannot do it. */
export async function refuseWeakCommits(client: Client): Promise<void> {
  const read = async (name: string) =>
    String(Object.values((await client.execute(`PRAGMA ${name}`)).rows[0] ?? {})[0]);
  const [journal, synchronous] = [await read("journal_mode"), await read("synchronous")];
  if (journal === "wal" && synchronous === "2") return;
  const detail = `the database does not keep what it commits (journal_mode ${journal}, synchronous ${synchronous}); put PULSE_DATA_DIR on a local disk`;
  throw new ProblemError("unavailable", detail);
}

/** The refusal of a damaged file. */
export function damaged(dataDir: string, found: string): ProblemError {
  return new ProblemError("unavailable", `the database in ${dataDir} is damaged: ${found}`, {
    hint: "Nothing was changed. `pulse backup restore FILE` puts a backup in its place and keeps the damaged files beside it.",
  });
}
