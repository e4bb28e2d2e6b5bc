import type { ExecutionStatus } from "@pulse/schema/status";
import type { ExecutionError, HeaderList, Timing } from "@pulse/schema/wire/job";
import type { Settled } from "../hub.ts";

/** What a waiting caller needs of a settled execution, from its row as `job-store.ts` wrote it. */
export function settledFromRow(row: Record<string, unknown>): Settled {
  const json = <T>(value: unknown): T | null => (typeof value === "string" ? (JSON.parse(value) as T) : null);
  const kept = row.response_at === "inline" || row.response_at === "stored";
  return {
    id: String(row.id),
    status: row.status as ExecutionStatus,
    reason: row.reason === null ? null : String(row.reason),
    attempt: Number(row.attempt),
    error: json<ExecutionError>(row.error),
    timing: json<Timing>(row.timing) ?? {},
    response: kept
      ? {
          status: Number(row.http_status),
          headers: json<HeaderList>(row.response_headers) ?? [],
          base64: row.response_body === null ? null : String(row.response_body),
          bytes: Number(row.response_bytes),
        }
      : null,
  };
}
