import type { PoolScope } from "../hub.ts";
import type { Database } from "../ports.ts";

/** Rows that are counted at most of each kind, so that a look costs little however many there are. */
export const countedMost = 10_000;
const hourMs = 3_600_000;

/** What waits in a pool. */
export interface Queue extends PoolScope {
  queued: number;
  /** Those that a free slot could begin: not what waits for a cap. */
  startable: number;
  /** When the oldest of them was due, epoch milliseconds. */
  oldestAt: number;
}

/** How many rows have a status. */
export interface StatusCount {
  status: string;
  count: number;
}

/** The SQL of what is observed; it only reads. */
export function createObserveStore({ client }: Database) {
  const recent = async (table: string, at: string, now: number): Promise<StatusCount[]> => {
    const { rows } = await client.execute({
      sql: `SELECT status, count(*) AS n FROM (SELECT status FROM ${table} WHERE ${at} >= ? ORDER BY ${at} DESC LIMIT ?) GROUP BY status`,
      args: [now - hourMs, countedMost],
    });
    return rows.map((row) => ({ status: String(row.status), count: Number(row.n) }));
  };
  return {
    /** What is due and waits, by pool, of the executions that wait longest; whether that is all of it. */
    async queues(now: number): Promise<{ queues: Queue[]; isWhole: boolean }> {
      const { rows } = await client.execute({
        sql: `SELECT q.project, q.pool, count(*) AS n, min(q.run_at) AS oldest, max(q.cap_max) AS cap_max, q.cap_key IS NOT NULL AS capped,
            CASE WHEN q.cap_key IS NULL THEN 0 ELSE (SELECT count(*) FROM executions AS e INDEXED BY executions_cap
              WHERE e.cap_key = q.cap_key AND e.status IN ('offered', 'running')) END AS runs
          FROM (SELECT project, pool, cap_key, cap_max, run_at FROM executions INDEXED BY executions_due
            WHERE status = 'queued' AND run_at <= ? ORDER BY run_at LIMIT ?) AS q
          GROUP BY q.project, q.pool, q.cap_key`,
        args: [now, countedMost],
      });
      const queues = new Map<string, Queue>();
      let counted = 0;
      for (const row of rows) {
        const [project, pool, n] = [String(row.project), String(row.pool), Number(row.n)];
        const room = Math.max(0, Number(row.cap_max) - Number(row.runs));
        const startable = Number(row.capped) === 1 ? Math.min(n, room) : n;
        const known = queues.get(`${project}/${pool}`);
        const oldestAt = Math.min(Number(row.oldest), known?.oldestAt ?? Number.POSITIVE_INFINITY);
        counted += n;
        queues.set(`${project}/${pool}`, {
          ...{ project, pool, oldestAt, queued: n + (known?.queued ?? 0) },
          startable: startable + (known?.startable ?? 0),
        });
      }
      return { queues: [...queues.values()], isWhole: counted < countedMost };
    },
    /** Runners that are enrolled, by pool, and when one of them was last noted to be there (epoch ms). */
    async runners(most: number): Promise<(PoolScope & { enrolled: number; seenAt: number })[]> {
      const { rows } = await client.execute({
        sql: `SELECT project, pool, count(*) AS n, max(coalesce(last_seen_at, created_at)) AS seen_at FROM runners
          WHERE revoked_at IS NULL GROUP BY project, pool ORDER BY seen_at DESC LIMIT ?`,
        args: [most],
      });
      return rows.map((row) => ({
        ...{ project: String(row.project), pool: String(row.pool) },
        ...{ enrolled: Number(row.n), seenAt: Number(row.seen_at) },
      }));
    },
    /** Deliveries of webhooks that came within the hour. */
    deliveries: (now: number) => recent("webhook_deliveries", "received_at", now),
    /** Messages to channels that were made within the hour. */
    messages: (now: number) => recent("channel_messages", "created_at", now),
  };
}
