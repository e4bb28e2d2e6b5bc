import type { Client } from "@libsql/client/web";
import type { PoolScope } from "../../hub.ts";

/** Which pool an execution or a runner belongs to. Neither ever changes its pool, so what was read once is kept. */
export interface Places {
  ofExecution(id: string): Promise<PoolScope | null>;
  ofRunner(id: string): Promise<PoolScope | null>;
  /** Where work waits that counts under this cap. */
  ofCap(key: string): Promise<PoolScope[]>;
  /** The pools that runners of a project have joined. */
  ofProject(project: string): Promise<PoolScope[]>;
  /** An execution or a runner whose pool is known without asking. */
  note(id: string, place: PoolScope): void;
}

/** Where work for runners is open, for whoever has to see that it is not forgotten: at most `most` pools, in no order. */
export async function openPools(client: Client, most: number): Promise<PoolScope[]> {
  // Names are found by leaps through the indices, never by reading the rows of a long queue.
  const { rows } = await client.execute({
    sql: `WITH RECURSIVE
      pools(pool) AS (SELECT min(pool) FROM executions
        UNION ALL SELECT (SELECT min(pool) FROM executions WHERE pool > pools.pool) FROM pools WHERE pools.pool IS NOT NULL),
      projects(project) AS (SELECT min(project) FROM executions
        UNION ALL SELECT (SELECT min(project) FROM executions WHERE project > projects.project) FROM projects WHERE projects.project IS NOT NULL)
      SELECT project, pool FROM projects, pools
      WHERE pool <> '' AND EXISTS (SELECT 1 FROM executions AS e INDEXED BY executions_claim WHERE e.pool = pools.pool AND e.project = projects.project
        AND e.status IN ('queued', 'scheduled', 'offered', 'running'))
      ORDER BY random() LIMIT ?`,
    args: [most],
  });
  return rows.map(placeOf);
}

const keptMost = 10_000;

/** Finds places in the rows and keeps the last 10,000. Values only: a Worker must not wait for another request's promise. */
export function createPlaces(client: Client): Places {
  const kept = new Map<string, PoolScope>();
  const note = (id: string, place: PoolScope): void => {
    kept.set(id, place);
    if (kept.size <= keptMost) return;
    const oldest = kept.keys().next().value;
    if (oldest !== undefined) kept.delete(oldest);
  };
  const find = async (table: "executions" | "runners", id: string): Promise<PoolScope | null> => {
    const known = kept.get(id);
    if (known !== undefined) return known;
    const sql = `SELECT project, pool FROM ${table} WHERE id = ?`;
    const row = (await client.execute({ sql, args: [id] })).rows[0];
    if (row === undefined) return null;
    const place = placeOf(row);
    note(id, place);
    return place;
  };
  return {
    note,
    ofExecution: (id) => find("executions", id),
    ofRunner: (id) => find("runners", id),
    async ofProject(project) {
      const sql = "SELECT DISTINCT project, pool FROM runners WHERE project = ?";
      return (await client.execute({ sql, args: [project] })).rows.map(placeOf);
    },
    async ofCap(key) {
      const sql = "SELECT DISTINCT project, pool FROM executions WHERE cap_key = ? AND status = 'queued'";
      return (await client.execute({ sql, args: [key] })).rows.map(placeOf);
    },
  };
}

function placeOf(row: Record<string, unknown>): PoolScope {
  return { project: String(row.project), pool: String(row.pool) };
}
