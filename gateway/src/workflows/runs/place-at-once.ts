import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Database } from "../../ports.ts";
import type { Acquire, Command } from "../advance/commands.ts";
import { runSlotKey } from "../advance/run-slot.ts";
import type { OpenRun } from "./open-run.ts";

const takenError = /NOT NULL constraint failed: workflow_slots\.state/i;

/** What a run asks for that has to have its place with its first event, or is not to be; null: it needs none, or may wait. */
export function placeAtOnce(commands: readonly Command[]): Acquire | null {
  const asked = commands.find((command) => command.type === "acquire" && command.key === runSlotKey);
  return asked?.type === "acquire" && asked.concurrency.onConflict === "fail" ? asked : null;
}

/** The row that takes the place; no place being free, the transaction fails whole with what `isTaken` knows. */
export function takePlace(run: OpenRun, { key, concurrency }: Acquire, at: number): InStatement {
  const { key: slot, limit } = concurrency;
  return {
    sql: `INSERT INTO workflow_slots (execution_id, key, project, slot, most, state, told, at)
      SELECT ?, ?, ?, ?, ?, CASE WHEN count(*) < ? THEN 'held' END, 0, ? FROM workflow_slots WHERE project = ? AND slot = ?`,
    args: [run.id, key, run.project, slot, limit, limit, at, run.project, slot],
  };
}

/** Whether a transaction failed because no place was free. */
export function isTaken(error: unknown): boolean {
  return takenError.test(String(error));
}

/** The problem of whoever finds a concurrency key taken: it names who holds it. Null: a place has become free since. */
export async function takenProblem(
  { client }: Database,
  { workflow, project }: OpenRun,
  { concurrency }: Acquire,
): Promise<ProblemError | null> {
  const { key: slot, limit } = concurrency;
  const { rows } = await client.execute({
    sql: `SELECT s.execution_id AS id, e.name FROM workflow_slots AS s JOIN executions AS e ON e.id = s.execution_id
      WHERE s.project = ? AND s.slot = ? ORDER BY s.state = 'queued', s.at, s.rowid LIMIT 10`,
    args: [project, slot],
  });
  if (rows.length < Math.min(limit, 10)) return null;
  const holders = rows.map(({ id, name }) => `${id} (${name})`);
  return new ProblemError(
    "conflict",
    `the concurrency key ${JSON.stringify(slot)} of the workflow "${workflow}" is taken by ${holders.join(", ")}`,
    {
      hint: 'Wait for its end, or cancel it. With "onConflict": "queue" a run waits for its turn.',
      members: { concurrencyKey: slot, heldBy: rows.map(({ id }) => String(id)) },
    },
  );
}
