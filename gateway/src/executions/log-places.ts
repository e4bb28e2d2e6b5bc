import type { Client } from "@libsql/client";
import type { LogPosition } from "./log-lines.ts";

/** How many lines were stored under one fence; they are numbered from 1 without a gap. */
export interface FenceLines {
  fence: number;
  lines: number;
}

/** The fences of an execution that have lines, in order. Costs two look-ups in the index for each, however long the log is. */
export async function fencesOf(client: Pick<Client, "execute">, id: string): Promise<FenceLines[]> {
  const { rows } = await client.execute({
    sql: `WITH RECURSIVE f(fence) AS (
            SELECT min(fence) FROM log_chunks WHERE execution_id = ?1
            UNION ALL
            SELECT (SELECT min(fence) FROM log_chunks WHERE execution_id = ?1 AND fence > f.fence) FROM f WHERE f.fence IS NOT NULL)
          SELECT f.fence AS fence, (SELECT last_seq FROM log_chunks WHERE execution_id = ?1 AND fence = f.fence
            ORDER BY first_seq DESC LIMIT 1) AS lines
          FROM f WHERE f.fence IS NOT NULL ORDER BY f.fence`,
    args: [id],
  });
  return rows.map((row) => ({ fence: Number(row.fence), lines: Number(row.lines) }));
}

/** Where the logs of some executions end now; those that have no line are not in it. Costs two look-ups in the index for each. */
export async function logEnds(
  client: Pick<Client, "execute">,
  ids: readonly string[],
): Promise<Map<string, LogPosition>> {
  const last = (column: string) =>
    `(SELECT ${column} FROM log_chunks WHERE execution_id = value ORDER BY fence DESC, first_seq DESC LIMIT 1)`;
  const { rows } = await client.execute({
    sql: `SELECT value AS id, ${last("fence")} AS fence, ${last("last_seq")} AS seq FROM json_each(?)`,
    args: [JSON.stringify(ids)],
  });
  const ended = rows.filter(({ fence }) => fence !== null);
  return new Map(ended.map(({ id, fence, seq }) => [String(id), { fence: Number(fence), seq: Number(seq) }]));
}

/** All lines of an execution's attempts, counted from 1. */
export class LogPlaces {
  readonly #fences: readonly FenceLines[];

  constructor(fences: readonly FenceLines[]) {
    this.#fences = fences;
  }

  get total(): number {
    return this.#fences.reduce((sum, { lines }) => sum + lines, 0);
  }

  /** Behind the last line; null: there is none. */
  get end(): LogPosition | null {
    const last = this.#fences.at(-1);
    return last === undefined ? null : { fence: last.fence, seq: last.lines };
  }

  /** The position behind which the line of this number stands. */
  before(number: number): LogPosition {
    let left = number - 1;
    for (const { fence, lines } of this.#fences) {
      if (left < lines) return { fence, seq: left };
      left -= lines;
    }
    return this.end ?? { fence: 0, seq: 0 };
  }

  /** The number of the line at a position; null: it was stored after the places were read. */
  numberOf({ fence, seq }: LogPosition): number | null {
    let before = 0;
    for (const one of this.#fences) {
      if (one.fence === fence) return seq <= one.lines ? before + seq : null;
      before += one.lines;
    }
    return null;
  }
}
