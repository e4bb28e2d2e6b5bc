import { createClient } from "@libsql/client";

/** A wrong that is done to the gateway's rows while it is down, to prove that the checker sees it. */
export const plants = {
  /** An accepted execution disappears. */
  lost: "DELETE FROM executions WHERE id = (SELECT id FROM executions WHERE kind = 'function' AND status IN ('queued', 'offered', 'running', 'succeeded') ORDER BY random() LIMIT 1)",
  /** One that ended ends in another way. */
  changed:
    "UPDATE executions SET status = 'failed', reason = 'function_error' WHERE id = (SELECT id FROM executions WHERE kind = 'function' AND status = 'succeeded' ORDER BY random() LIMIT 1)",
  /** One that ended begins anew. */
  again:
    "UPDATE executions SET status = 'queued', ended_at = NULL, runner_id = NULL, run_at = 0 WHERE id = (SELECT id FROM executions WHERE kind = 'function' AND status = 'succeeded' ORDER BY random() LIMIT 1)",
  /** One waits for ever. */
  stuck:
    "UPDATE executions SET status = 'queued', ended_at = NULL, runner_id = NULL, run_at = 9000000000000 WHERE id = (SELECT id FROM executions WHERE kind = 'function' AND status = 'succeeded' ORDER BY random() LIMIT 1)",
} as const;
export type Plant = keyof typeof plants;

/** Does it to a database that no gateway has open; false: there was no row to do it to. */
export async function plant(file: string, name: Plant): Promise<boolean> {
  const client = createClient({ url: `file:${file}` });
  try {
    return (await client.execute(plants[name])).rowsAffected > 0;
  } finally {
    client.close();
  }
}
