import type { Database } from "../ports.ts";

/** The tables that are walked through; code is in one table with its size. */
export const measuredTables = ["executions", "payloads", "log_chunks"] as const;
type Table = (typeof measuredTables)[number];

/** How far a measurement came. */
export interface Measured {
  /** The hour that it was finished for, epoch milliseconds; 0: it goes on. */
  doneAt: number;
  /** Which table, and after which row of it. */
  table: number;
  after: number;
  /** Bytes so far, by project and table. */
  sums: Record<string, Record<Table, number>>;
}

// The length of a column is in the head of its row: none of these reads what it measures.
const bytesOf: Record<Table, string> = {
  executions: "octet_length(job) + coalesce(octet_length(response_body), 0)",
  payloads: "bytes",
  log_chunks: "octet_length(data)",
};

const fact = "storage measured";

/** The SQL of measuring what is stored. */
export function createMeasureStore({ client }: Database) {
  const keep = (measured: Measured) => ({
    sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    args: [fact, JSON.stringify(measured)],
  });
  return {
    async progress(): Promise<Measured | null> {
      const { rows } = await client.execute({ sql: "SELECT value FROM facts WHERE name = ?", args: [fact] });
      // Written by this file alone.
      return rows[0] === undefined ? null : (JSON.parse(String(rows[0].value)) as Measured);
    },
    async keep(measured: Measured): Promise<void> {
      await client.execute(keep(measured));
    },
    /** The bytes of the next rows of a table, by project. */
    async some(
      table: Table,
      after: number,
      limit: number,
    ): Promise<{ count: number; last: number; bytes: { project: string; bytes: number }[] }> {
      const { rows } = await client.execute({
        sql: `SELECT project, count(*) AS n, max(place) AS last, sum(bytes) AS bytes FROM (
          SELECT rowid AS place, project, ${bytesOf[table]} AS bytes FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ?) GROUP BY project`,
        args: [after, limit],
      });
      return {
        count: rows.reduce((sum, row) => sum + Number(row.n), 0),
        last: Math.max(after, ...rows.map((row) => Number(row.last))),
        bytes: rows.map((row) => ({ project: String(row.project), bytes: Number(row.bytes) })),
      };
    },
    /** Notes what was measured at a time, epoch milliseconds, with the code of each project. */
    async finish(sums: Measured["sums"], at: number): Promise<void> {
      const rows = Object.entries(sums).map(([project, sum]) => [
        project,
        sum.executions + sum.payloads,
        sum.log_chunks,
      ]);
      await client.batch(
        [
          {
            sql: `INSERT INTO stored_bytes (project, at, bundles, payloads, logs)
              SELECT project, CAST(? AS INTEGER), sum(bundles), sum(payloads), sum(logs) FROM (
                SELECT project, bytes AS bundles, 0 AS payloads, 0 AS logs FROM contents
                UNION ALL SELECT value ->> '$[0]', 0, value ->> '$[1]', value ->> '$[2]' FROM json_each(?)) GROUP BY project
              ON CONFLICT DO UPDATE SET bundles = excluded.bundles, payloads = excluded.payloads, logs = excluded.logs`,
            args: [at, JSON.stringify(rows)],
          },
          keep({ doneAt: at, table: 0, after: 0, sums: {} }),
        ],
        "write",
      );
    },
  };
}
