import type { InStatement } from "@libsql/client";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { Database } from "../ports.ts";

/** An execution of a command on one machine, as far as its result is read. */
export interface ChildRow {
  id: string;
  status: string;
  reason: string | null;
  error: { code: string; message: string } | null;
  /** What it came to, as JSON; null: nothing is kept of it, or not yet. */
  result: string | null;
  runMs: number | null;
}

/** The SQL of direct commands, besides what their runs and executions are. */
export function createCommandStore({ client }: Database) {
  return {
    /** The row of a direct command's own definition. */
    definitionRow(row: {
      id: string;
      project: string;
      hash: string;
      at: number;
      by: string;
      definition: Definition;
    }): InStatement {
      return {
        sql: `INSERT INTO workflow_revisions (workflow_id, revision, project, hash, created_at, created_by, definition)
          VALUES (?, 1, ?, ?, ?, ?, ?)`,
        args: [row.id, row.project, row.hash, row.at, row.by, JSON.stringify(row.definition)],
      };
    },
    /** A direct command's definition with when it was made and by whom; null: there is no such command. */
    async command(project: string, id: string) {
      const { rows } = await client.execute({
        sql: `SELECT d.definition, d.created_at, d.created_by, e.status, e.ended_at, e.error FROM workflow_revisions AS d
          JOIN executions AS e ON e.id = d.workflow_id WHERE d.workflow_id = ? AND d.revision = 1 AND d.project = ?`,
        args: [id, project],
      });
      const [row] = rows;
      if (row === undefined) return null;
      return {
        // Written by `definitionRow` alone.
        definition: JSON.parse(String(row.definition)) as Definition,
        createdAt: Number(row.created_at),
        createdBy: row.created_by === null ? null : String(row.created_by),
        status: String(row.status),
        endedAt: row.ended_at === null ? null : Number(row.ended_at),
        error: row.error === null ? null : errorOf(row.error),
      };
    },
    /** The executions of a command; with what they said only where it is asked for. */
    async children(project: string, id: string, withResults: boolean): Promise<ChildRow[]> {
      const kept = withResults
        ? "coalesce(e.response_body, (SELECT body FROM payloads WHERE execution_id = e.id AND part = 'response'))"
        : "NULL";
      const { rows } = await client.execute({
        sql: `SELECT e.id, e.status, e.reason, e.error, e.timing, ${kept} AS result FROM executions AS e
          WHERE e.parent_id = ? AND e.project = ?`,
        args: [id, project],
      });
      return rows.map((row) => ({
        id: String(row.id),
        status: String(row.status),
        reason: row.reason === null ? null : String(row.reason),
        error: row.error === null ? null : errorOf(row.error),
        result: textOf(row.result),
        runMs: runMsOf(row.timing),
      }));
    },
  };
}

function errorOf(text: unknown): { code: string; message: string } {
  // Written by the dispatcher and by runs, as an error of the contract.
  const { code, message } = JSON.parse(String(text)) as { code: string; message: string };
  return { code, message };
}

/** An inline body is base64, a stored one is bytes. */
function textOf(body: unknown): string | null {
  if (typeof body === "string") return new TextDecoder().decode(Uint8Array.fromBase64(body));
  return body instanceof ArrayBuffer ? new TextDecoder().decode(body) : null;
}

function runMsOf(timing: unknown): number | null {
  const { runMs } = timing === null ? {} : (JSON.parse(String(timing)) as { runMs?: number });
  return runMs ?? null;
}
