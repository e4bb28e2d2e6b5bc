import type { Database } from "../../ports.ts";
import type { Acquire } from "../advance/commands.ts";
import type { OpenRun } from "./open-run.ts";
import type { Answer, Stage } from "./perform.ts";

const most = 200;
const heldOf =
  "(SELECT count(*) FROM workflow_slots AS h WHERE h.project = s.project AND h.slot = s.slot AND h.state = 'held')";

/**
 * Takes what `onConflict` says when all places of a concurrency key are taken. Who may have one waits in the table until it is
 * granted.
 */
export async function askForSlot(
  stage: Stage,
  run: OpenRun,
  { key, concurrency }: Acquire,
): Promise<Answer[]> {
  const { key: slot, limit, onConflict, maxQueued } = concurrency;
  const others = await stage.ports.database.client.execute({
    sql: `SELECT execution_id, key, state FROM workflow_slots WHERE project = ? AND slot = ? AND NOT (execution_id = ? AND key = ?)`,
    args: [run.project, slot, run.id, key],
  });
  const of = (state: string) =>
    others.rows.flatMap((row) =>
      row.state === state ? [{ run: String(row.execution_id), key: String(row.key) }] : [],
    );
  const [held, queued] = [of("held"), of("queued")];
  if (held.length < limit) return [];
  const refuse = (reason: string, skip = false): Answer[] => [{ type: "slot.refused", key, reason, skip }];
  switch (onConflict) {
    case "skip":
      return refuse(`${slot} is taken`, true);
    case "fail":
      return refuse(`${slot} is taken by ${held.map((one) => one.run).join(", ")}`);
    case "cancelRunning":
      for (const one of new Set(held.map((place) => place.run))) {
        if (one !== run.id) stage.tellOther(one, { type: "cancel.requested", by: run.workflow });
      }
      return [];
    case "replaceQueued": {
      const because = { type: "slot.refused", reason: `a newer step waits for ${slot}`, skip: true } as const;
      for (const one of queued)
        if (one.run !== run.id) stage.tellOther(one.run, { ...because, key: one.key });
      return queued.flatMap((one) => (one.run === run.id ? [{ ...because, key: one.key }] : []));
    }
    case "queue":
      if (maxQueued === null || queued.length < maxQueued) return [];
      return refuse(`${queued.length} wait for ${slot} already, at most ${maxQueued} may`);
  }
}

/** Gives free places to those who have waited longest, of one project or of all; returns who holds one and was not told. */
export async function grantSlots(
  { client }: Database,
  project: string | null = null,
): Promise<{ run: string; key: string }[]> {
  const within = project === null ? "" : " AND s.project = ?";
  const args = project === null ? [most] : [project, most];
  const untold = {
    sql: `SELECT s.execution_id, s.key FROM workflow_slots AS s WHERE s.state = 'held' AND s.told = 0${within} ORDER BY s.at LIMIT ?`,
    args,
  };
  const [free, held] = await client.batch(
    [
      {
        sql: `SELECT s.execution_id, s.key FROM workflow_slots AS s WHERE s.state = 'queued' AND s.told = 0${within} AND ${heldOf} < s.most
          ORDER BY s.at, s.execution_id, s.key LIMIT ?`,
        args,
      },
      untold,
    ],
    "read",
  );
  const grants = (free?.rows ?? []).map(({ execution_id, key }) => ({
    sql: `UPDATE workflow_slots AS s SET state = 'held' WHERE s.execution_id = ? AND s.key = ? AND s.state = 'queued'
      AND ${heldOf} < s.most`,
    args: [String(execution_id), String(key)],
  }));
  const told = grants.length === 0 ? held : (await client.batch([...grants, untold], "write")).at(-1);
  return (told?.rows ?? []).map((row) => ({ run: String(row.execution_id), key: String(row.key) }));
}
