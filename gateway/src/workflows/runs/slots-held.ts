import type { InStatement } from "@libsql/client";
import type { Database } from "../../ports.ts";
import type { Acquire } from "../advance/commands.ts";
import { runSlotKey } from "../advance/run-slot.ts";
import type { OpenRun } from "./open-run.ts";
import type { Answer, Stage } from "./perform.ts";

const most = 200;
const heldOf =
  "(SELECT count(*) FROM workflow_slots AS h WHERE h.project = s.project AND h.slot = s.slot AND h.state = 'held')";

/**
 * Takes what `onConflict` says when all places of a concurrency key are taken. Who may have one waits in the table until it is
 * granted. Those who came later count for nothing, so that of several who ask at once the first has it, and asking again after
 * a crash changes nothing.
 */
export async function askForSlot(stage: Stage, run: OpenRun, asked: Acquire): Promise<Answer[]> {
  const { key, concurrency } = asked;
  const { key: slot, limit, onConflict, maxQueued } = concurrency;
  const before = await placesBefore(stage.ports.database, run, asked);
  if (before === null) return [];
  const held = before.filter(({ state }) => state === "held");
  const queued = before.filter(({ state }) => state === "queued");
  const mayWait = onConflict !== "skip" && onConflict !== "fail";
  const isFree = held.length + queued.length < limit;
  // Who does not wait takes a place at once: nobody can come between.
  if (isFree && (mayWait || (await take(stage.ports.database, run.id, key)))) return [];
  const refuse = (reason: string, skip = false): Answer[] => [{ type: "slot.refused", key, reason, skip }];
  switch (onConflict) {
    case "skip":
      return refuse(`${slot} is taken`, true);
    case "fail":
      return refuse(`${slot} is taken by ${[...held, ...queued].map((one) => one.run).join(", ")}`);
    case "cancelRunning":
      for (const one of new Set(held.map((place) => place.run))) {
        if (one !== run.id)
          stage.tellOther(one, { type: "cancel.requested", by: run.workflow, word: `${run.id}/${key}` });
      }
      break;
    case "replaceQueued": {
      const because = { type: "slot.refused", reason: `a newer one waits for ${slot}`, skip: true } as const;
      for (const one of queued)
        if (one.run !== run.id) stage.tellOther(one.run, { ...because, key: one.key });
      const own = queued.flatMap((one) => (one.run === run.id ? [{ ...because, key: one.key }] : []));
      if (own.length > 0) return own;
      break;
    }
    case "queue":
      if (maxQueued !== null && queued.length >= maxQueued) {
        return refuse(`${queued.length} wait for ${slot} already, at most ${maxQueued} may`);
      }
  }
  const never = await whoWaitsForUs(stage, run, held);
  return never === null ? [] : refuse(`${slot} is held by ${never}, which waits for this one`);
}

interface Place {
  run: string;
  key: string;
  state: string;
}

/** Places of the key that others hold or have asked for before; null: it holds its own, or asks for none any more. */
async function placesBefore(
  { client }: Database,
  run: OpenRun,
  { key, concurrency }: Acquire,
): Promise<Place[] | null> {
  const { rows } = await client.execute({
    sql: `SELECT o.execution_id, o.key, o.state, s.state AS own FROM workflow_slots AS s
      LEFT JOIN workflow_slots AS o ON o.project = s.project AND o.slot = s.slot
        AND (o.state = 'held' OR (o.at, o.rowid) < (s.at, s.rowid))
        AND NOT (o.execution_id = s.execution_id AND o.key = s.key)
      WHERE s.execution_id = ? AND s.key = ? AND s.project = ? AND s.slot = ?`,
    args: [run.id, key, run.project, concurrency.key],
  });
  if (rows[0]?.own !== "queued") return null;
  return rows.flatMap(({ execution_id, key: at, state }) =>
    state === null ? [] : [{ run: String(execution_id), key: String(at), state: String(state) }],
  );
}

/** The run, this one or one above it, that holds a place as a whole and does not end before this one does. */
async function whoWaitsForUs(stage: Stage, run: OpenRun, held: readonly Place[]): Promise<string | null> {
  const holders = new Set(held.flatMap((one) => (one.key === runSlotKey ? [one.run] : [])));
  if (holders.size === 0) return null;
  for (let id = run.id; ; ) {
    if (holders.has(id)) return id === run.id ? "its own run" : id;
    const { rows } = await stage.ports.database.client.execute({
      sql: "SELECT parent_id, parent_key FROM workflow_runs WHERE execution_id = ? AND parent_id IS NOT NULL",
      args: [id],
    });
    const [row] = rows;
    if (row === undefined) return null;
    id = String(row.parent_id);
    // One that was only started, and is not waited for, holds nobody up.
    const above = await stage.log.read(id);
    if (above?.state.asked.has(String(row.parent_key)) !== true) return null;
  }
}

/** Whether it has a place now, be it that another gateway has taken it in its name. */
async function take({ client }: Pick<Database, "client">, run: string, key: string): Promise<boolean> {
  const own = {
    sql: "SELECT 1 FROM workflow_slots WHERE execution_id = ? AND key = ? AND state = 'held'",
    args: [run, key],
  };
  const [, held] = await client.batch([grant(run, key), own], "write");
  return held?.rows[0] !== undefined;
}

const grant = (run: string, key: string): InStatement => ({
  sql: `UPDATE workflow_slots AS s SET state = 'held' WHERE s.execution_id = ? AND s.key = ? AND s.state = 'queued'
    AND ${heldOf} < s.most`,
  args: [run, key],
});

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
          ORDER BY s.at, s.rowid LIMIT ?`,
        args,
      },
      untold,
    ],
    "read",
  );
  const grants = (free?.rows ?? []).map(({ execution_id, key }) => grant(String(execution_id), String(key)));
  const told = grants.length === 0 ? held : (await client.batch([...grants, untold], "write")).at(-1);
  return (told?.rows ?? []).map((row) => ({ run: String(row.execution_id), key: String(row.key) }));
}
