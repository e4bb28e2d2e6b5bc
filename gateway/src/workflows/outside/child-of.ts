import type { Ports } from "../../ports.ts";

/** The execution that a command of a run came to for a target, if it was submitted before; it says so in its trigger. */
export async function childOf(
  ports: Ports,
  run: string,
  key: string,
  target: string,
): Promise<string | null> {
  const { rows } = await ports.database.client.execute({
    sql: `SELECT id FROM executions WHERE parent_id = ? AND trigger ->> '$.key' = ? AND trigger ->> '$.target' = ?
      AND kind <> 'workflow'`,
    args: [run, key, target],
  });
  return rows[0] === undefined ? null : String(rows[0].id);
}
