import type { InStatement } from "@libsql/client";
import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../../ports.ts";
import { Overtaken } from "./run-log.ts";

const keyKeptMs = 86_400_000;

/** What a start is told apart by when it is asked for again: the `Idempotency-Key` of a request, within its scope; null: it has none. */
export interface StartKey {
  project: string;
  scope: string;
  key: string | null;
}

/** Lets one more run in, which gets the id, or throws. */
export type Admit = <T>(start: (id: string) => Promise<T>) => Promise<T>;

/**
 * Starts a run, once for a key: asked for again it is the same one, whatever is used up by then. `start` writes the given rows with the run's
 * own. Throws `idempotency_mismatch` for a key that stands for something else, and what `admit` and `start` throw.
 */
export async function startOnce(
  ports: Ports,
  key: StartKey,
  fingerprint: string,
  start: (id: string, rows: InStatement[]) => Promise<unknown>,
  admit: Admit = (go) => go(makeId("execution", ports.now(), ports.random(10))),
): Promise<{ id: string; isRepeated: boolean }> {
  const before = await holderOf(ports, key, fingerprint);
  if (before !== null) return { id: before, isRepeated: true };
  try {
    const id = await admit(async (given) => {
      await start(given, rowsOf(key, given, fingerprint, ports.now()));
      return given;
    });
    return { id, isRepeated: false };
  } catch (error) {
    // Two at once under one key: the other one was first.
    const other = error instanceof Overtaken ? await holderOf(ports, key, fingerprint) : null;
    if (other === null) throw error;
    return { id: other, isRepeated: true };
  }
}

/** Rows that take a key, which fail whole when another run holds it. */
function rowsOf(
  { project, scope, key }: StartKey,
  id: string,
  fingerprint: string,
  now: number,
): InStatement[] {
  if (key === null) return [];
  return [
    {
      sql: "DELETE FROM idempotency WHERE project = ? AND scope = ? AND key = ? AND expires_at <= ?",
      args: [project, scope, key, now],
    },
    {
      sql: `INSERT INTO idempotency (project, scope, key, fingerprint, execution_id, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)`,
      args: [project, scope, key, fingerprint, id, now + keyKeptMs],
    },
  ];
}

async function holderOf(
  ports: Ports,
  { project, scope, key }: StartKey,
  fingerprint: string,
): Promise<string | null> {
  if (key === null) return null;
  const { rows } = await ports.database.client.execute({
    sql: `SELECT execution_id, fingerprint FROM idempotency
      WHERE project = ? AND scope = ? AND key = ? AND expires_at > ?`,
    args: [project, scope, key, ports.now()],
  });
  const [row] = rows;
  if (row === undefined) return null;
  if (row.fingerprint === fingerprint) return String(row.execution_id);
  throw new ProblemError("idempotency_mismatch", "this Idempotency-Key was used for another request");
}
