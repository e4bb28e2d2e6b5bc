import type { Database } from "../ports.ts";

/** When a backup was last made of this database (epoch ms), as its audit tells; null: it tells of none. */
export async function lastBackup({ client }: Database): Promise<number | null> {
  // The command leaves it in the project that every gateway has; until it has its place in the chain it is a row that waits.
  const { rows } = await client.execute(
    `SELECT max(at) AS at FROM (
       SELECT at FROM audit WHERE project = 'default' AND action = 'backup.create' AND outcome = 'done'
       UNION ALL
       SELECT at FROM audit_pending WHERE project = 'default' AND done = 1 AND entry ->> '$.action' = 'backup.create')`,
  );
  const at = rows[0]?.at;
  return at === null || at === undefined ? null : Number(at);
}
