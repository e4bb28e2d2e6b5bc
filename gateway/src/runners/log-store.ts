import type { InStatement } from "@libsql/client";
import type { Database } from "../ports.ts";

/** A checked log chunk, as it is stored. */
export interface ChunkToStore {
  execution: string;
  fence: number;
  firstSeq: number;
  lastSeq: number;
  /** Bytes of the lines, unpacked. */
  rawBytes: number;
  /** Gzip NDJSON as the runner sent it. */
  data: Uint8Array;
}

/** What the fields around a line's text take in its JSON: they are the protocol's, not the function's. */
const lineOverheadBytes = 80;
/** A runner keeps the text of an attempt's log within `logs.max`. Written as JSON the same text may take twice as much. */
const slackFactor = 2;
const slackBytes = 256 * 1024;
const lateMs = 60_000;
const defaultMostBytes = 10 * 2 ** 20;

/** The SQL of log chunks: their only writer. */
export type LogStore = ReturnType<typeof createLogStore>;

/** Makes the store over a database. */
export function createLogStore({ client }: Database) {
  const held = "e.runner_id = ? AND e.status IN ('offered', 'running')";
  // What a function goes on with after its response (`waitUntil`, up to 30 s) still writes to the log of the attempt that has settled.
  const writes = `e.runner_id = ? AND (e.status IN ('offered', 'running') OR e.ended_at > ?)`;

  const most = `(${slackBytes} + ${slackFactor} * coalesce(json_extract(e.job, '$.spec.settings.logs.max'), ${defaultMostBytes}))`;

  function insertOf(chunk: ChunkToStore, runner: string, now: number): InStatement {
    return {
      // The last chunk knows what all before it add up to: however long a log is, an append reads one of its rows.
      sql: `INSERT INTO log_chunks (project, execution_id, fence, first_seq, last_seq, attempt, raw_bytes, total_bytes, created_at, data)
            SELECT e.project, e.id, e.fence, ?, ?, max(1, e.attempt), ?, coalesce(c.total_bytes, 0) + ?, ?, ?
            FROM executions AS e LEFT JOIN log_chunks AS c ON c.execution_id = e.id AND c.fence = e.fence
              AND c.first_seq = (SELECT max(first_seq) FROM log_chunks WHERE execution_id = e.id AND fence = e.fence)
            WHERE e.id = ? AND e.fence = ? AND ${writes} AND ? = 1 + coalesce(c.last_seq, 0)
            AND coalesce(c.total_bytes, 0) + ? <= ${most}
            ON CONFLICT DO NOTHING`,
      args: [
        chunk.firstSeq,
        chunk.lastSeq,
        chunk.rawBytes,
        countedBytes(chunk),
        now,
        chunk.data,
        chunk.execution,
        chunk.fence,
        runner,
        now - lateMs,
        chunk.firstSeq,
        countedBytes(chunk),
      ],
    };
  }

  return {
    /** Writes chunks, each where its fence stands, it follows the last line and the log has room; tells for each whether it was written. */
    async append(chunks: readonly ChunkToStore[], runner: string, now: number): Promise<boolean[]> {
      const results = await client.batch(
        chunks.map((chunk) => insertOf(chunk, runner, now)),
        "write",
      );
      return results.map(({ rowsAffected }) => rowsAffected > 0);
    },
    /** Number of the last stored line under a fence, 0 without any, and whether this runner still holds the execution under it. */
    async standing(
      execution: string,
      fence: number,
      runner: string,
    ): Promise<{ lastSeq: number; held: boolean }> {
      const { rows } = await client.execute({
        sql: `SELECT coalesce((SELECT last_seq FROM log_chunks WHERE execution_id = ? AND fence = ?
                ORDER BY first_seq DESC LIMIT 1), 0) AS last_seq,
              EXISTS (SELECT 1 FROM executions AS e WHERE e.id = ? AND e.fence = ? AND ${held}) AS held`,
        args: [execution, fence, execution, fence, runner],
      });
      return { lastSeq: Number(rows[0]?.last_seq ?? 0), held: rows[0]?.held === 1 };
    },
  };
}

/** What a chunk counts against the limit of its log: each line at least a byte. */
function countedBytes({ firstSeq, lastSeq, rawBytes }: ChunkToStore): number {
  const lines = lastSeq - firstSeq + 1;
  return Math.max(lines, rawBytes - lineOverheadBytes * lines);
}
