import { createClient } from "@libsql/client";

/** A wrong that is done to one row of the gateway while it is down, to prove that the checker sees it. `?` is the row's id. */
export const plants = {
  /** An accepted execution disappears. */
  lost: "DELETE FROM executions WHERE id = ?",
  /** One that ended ends in another way. */
  changed: "UPDATE executions SET status = 'failed', reason = 'function_error' WHERE id = ?",
  /** One that ended begins anew. */
  again:
    "UPDATE executions SET status = 'queued', ended_at = NULL, runner_id = NULL, run_at = 0 WHERE id = ?",
  /** One waits for ever. */
  stuck:
    "UPDATE executions SET status = 'queued', ended_at = NULL, runner_id = NULL, run_at = 9000000000000 WHERE id = ?",
} as const;
export type Plant = keyof typeof plants;

/**
 * Does it to a database that no gateway has open, to the first of `ids` that stands there as succeeded: what somebody saw end, so that the wrong
 * is one that can be seen. False: there was no such row.
 */
export async function plant(file: string, name: Plant, ids: readonly string[]): Promise<boolean> {
  const client = createClient({ url: `file:${file}` });
  try {
    for (const id of ids) {
      const found = await client.execute({
        sql: "SELECT 1 FROM executions WHERE id = ? AND status = 'succeeded'",
        args: [id],
      });
      if (found.rows.length === 0) continue;
      return (await client.execute({ sql: plants[name], args: [id] })).rowsAffected > 0;
    }
    return false;
  } finally {
    client.close();
  }
}
