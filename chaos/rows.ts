import { createClient } from "@libsql/client";
import { isTerminal } from "@pulse/schema/status";
import type { FinalRow } from "./classify.ts";

/** Every execution of a database that no gateway has open, and what SQLite says of its integrity (`ok`). */
export async function readRows(
  file: string,
): Promise<{ rows: Map<string, FinalRow>; integrity: string; foreignKeys: number }> {
  const client = createClient({ url: `file:${file}` });
  try {
    const { rows } = await client.execute(
      `SELECT id, status, reason, attempt, retries_used, losses, redeliveries, ended_at FROM executions WHERE kind = 'function'`,
    );
    const checked = await client.execute("PRAGMA integrity_check");
    const broken = await client.execute("PRAGMA foreign_key_check");
    const found = rows.map((row): [string, FinalRow] => [
      String(row.id),
      {
        id: String(row.id),
        status: String(row.status),
        reason: row.reason === null ? null : String(row.reason),
        attempt: Number(row.attempt),
        retriesUsed: Number(row.retries_used),
        losses: Number(row.losses),
        redeliveries: Number(row.redeliveries),
        endedAt: row.ended_at === null ? null : Number(row.ended_at),
        isTerminal: isTerminal(String(row.status)),
      },
    ]);
    return {
      rows: new Map(found),
      integrity: String(Object.values(checked.rows[0] ?? {})[0]),
      foreignKeys: broken.rows.length,
    };
  } finally {
    client.close();
  }
}
