import type { Client } from "@libsql/client";
import type { Change } from "./history.ts";

const recorded = [
  "status",
  "fence",
  "attempt",
  "retries_used",
  "losses",
  "redeliveries",
  "cancel_requested",
  "runner_id",
] as const;
const columns = recorded.join(", ");
const ofNew = recorded.map((name) => `NEW.${name}`).join(", ");
const differs = recorded.map((name) => `NEW.${name} IS NOT OLD.${name}`).join(" OR ");

/** A table of every change of an execution, and what fills it: kept beside the product, which knows nothing of it. */
export const historyTables = `
CREATE TABLE history (id INTEGER PRIMARY KEY, execution TEXT, delivery TEXT, cap_key TEXT, ${columns});
CREATE TRIGGER history_insert AFTER INSERT ON executions BEGIN
  INSERT INTO history (execution, delivery, cap_key, ${columns}) VALUES (NEW.id, NEW.delivery, NEW.cap_key, ${ofNew});
END;
CREATE TRIGGER history_update AFTER UPDATE ON executions WHEN ${differs} BEGIN
  INSERT INTO history (execution, delivery, cap_key, ${columns}) VALUES (NEW.id, NEW.delivery, NEW.cap_key, ${ofNew});
END;`;

/** Takes the changes since the last look. */
export async function readHistory(real: Client): Promise<Change[]> {
  const { rows } = await real.execute("SELECT * FROM history ORDER BY id");
  if (rows.length === 0) return [];
  await real.execute("DELETE FROM history");
  return rows.map((row) => ({
    execution: String(row.execution),
    delivery: String(row.delivery),
    capKey: row.cap_key === null ? null : String(row.cap_key),
    status: String(row.status),
    fence: Number(row.fence),
    attempt: Number(row.attempt),
    retriesUsed: Number(row.retries_used),
    losses: Number(row.losses),
    redeliveries: Number(row.redeliveries),
    cancelRequested: row.cancel_requested === 1,
    runner: row.runner_id === null ? null : String(row.runner_id),
  }));
}
