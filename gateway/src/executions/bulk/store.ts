import type { Database } from "../../ports.ts";

/** What keeps an execution from being run again as it was. */
export type Obstacle = "not a call" | "a draft" | "body gone" | "body not kept";

/** Reads what can be said of executions before they are run again. */
export function createBulkStore({ client }: Database) {
  return {
    /** Of these executions those that cannot be run again as they were, and the bulk request that made them, if one did. */
    async looked(
      project: string,
      ids: readonly string[],
    ): Promise<Map<string, { obstacle: Obstacle | null; bulk: string | null }>> {
      const { rows } = await client.execute({
        sql: `SELECT e.id, e.trigger ->> '$.bulk' AS bulk, CASE
            WHEN e.kind = 'workflow' THEN NULL
            WHEN e.kind <> 'function' THEN 'not a call'
            WHEN e.trigger_type = 'draft' THEN 'a draft'
            WHEN e.job ->> '$.spec.body.at' = 'piped' THEN 'body not kept'
            WHEN e.job ->> '$.spec.body.at' = 'stored'
              AND NOT EXISTS (SELECT 1 FROM payloads AS p WHERE p.execution_id = e.id AND p.part = 'request') THEN 'body gone'
          END AS obstacle
          FROM executions AS e WHERE e.project = ? AND e.id IN (SELECT value FROM json_each(?))`,
        args: [project, JSON.stringify(ids)],
      });
      return new Map(
        rows.map((row) => [
          String(row.id),
          {
            // Written by this statement alone.
            obstacle: row.obstacle as Obstacle | null,
            bulk: row.bulk === null ? null : String(row.bulk),
          },
        ]),
      );
    },
  };
}
