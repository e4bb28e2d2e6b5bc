import type { InStatement } from "@libsql/client";
import type { Emitter } from "@pulse/schema/tables";
import type { Database } from "../ports.ts";
import type { NewEvent } from "./emit.ts";

/** An event that is on disk. */
export interface Taken {
  id: string;
  name: string;
  at: number;
  /** As it was written. */
  data: string;
  subscribers: number;
}

/** What a trigger is to be started with. */
export interface DueDelivery {
  project: string;
  kind: "workflow" | "function";
  subscriber: string;
  trigger: string;
  attempts: number;
  event: {
    seq: number;
    id: string;
    name: string;
    at: number;
    depth: number;
    by: string;
    /** Null: code of a function. */
    emitter: Emitter | null;
    data: unknown;
  };
}

/** How a delivery stands after a try. */
export type DeliveryEnd =
  | { status: "started"; executionId: string }
  | { status: "passed" }
  | { status: "failed"; error: string }
  | { status: "waiting"; nextAt: number; error: string };

const which = "event_seq = ? AND kind = ? AND subscriber = ? AND trigger = ?";
const keyOf = ({ event, kind, subscriber, trigger }: DueDelivery) => [event.seq, kind, subscriber, trigger];

/** The SQL of events and of who is started by them. */
export function createEmittedStore({ client }: Database) {
  return {
    /** Writes an event and a delivery for each trigger that names it; with a key that came before, finds that event. */
    async add(event: Omit<NewEvent, "data"> & { id: string; at: number; data: string }): Promise<Taken> {
      const { id, project, name, at, depth, by, emitter, idempotencyKey, data } = event;
      // Keys of two callers never meet, nor those of a caller and those that a job makes of its execution.
      const scope = emitter.kind === "execution" ? "job" : `api ${emitter.id}`;
      const key = idempotencyKey === null ? null : `${scope}:${idempotencyKey}`;
      const who = JSON.stringify(emitter);
      const results = await client.batch(
        [
          {
            sql: `INSERT INTO emitted_events (id, project, name, at, depth, "by", emitter, "key", data)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT (project, "key") DO NOTHING`,
            args: [id, project, name, at, depth, by, who, key, data],
          },
          // Triggers of a workflow have an id, or are called by their place, as its plan calls them.
          subscribe(
            "workflow",
            "workflows",
            "s.triggers",
            "s.enabled = 1 AND t.value ->> '$.type' = 'event' AND",
            id,
          ),
          subscribe("function", "functions", "s.settings, '$.events'", "", id),
          {
            sql: `SELECT id, name, at, data, (SELECT count(*) FROM event_deliveries AS d WHERE d.event_seq = e.seq) AS subscribers
              FROM emitted_events AS e WHERE e.project = ? AND (e.id = ? OR e."key" = ?)`,
            args: [project, id, key],
          },
        ],
        "write",
      );
      const row = results[3]?.rows[0];
      if (row === undefined) throw new Error("an event that was written is not there");
      return {
        ...{ id: String(row.id), name: String(row.name), at: Number(row.at), data: String(row.data) },
        subscribers: Number(row.subscribers),
      };
    },
    /** Takes note how a try ended; nothing where it is over already. */
    async settle(delivery: DueDelivery, end: DeliveryEnd): Promise<void> {
      await client.execute(settling(delivery, end));
    },
    /** Deletes what was emitted before a time and is nobody's to start any more, at most `limit` events; returns how many. */
    async forget(before: number, limit: number): Promise<number> {
      const old = `SELECT e.seq FROM emitted_events AS e WHERE e.at < ? AND NOT EXISTS
        (SELECT 1 FROM event_deliveries AS d WHERE d.event_seq = e.seq AND d.status = 'waiting') ORDER BY e.at LIMIT ?`;
      const args = [before, limit];
      const results = await client.batch(
        [
          { sql: `DELETE FROM event_deliveries WHERE event_seq IN (${old})`, args },
          { sql: `DELETE FROM emitted_events WHERE seq IN (${old})`, args },
        ],
        "write",
      );
      return results[1]?.rowsAffected ?? 0;
    },
  };
}

/** Most rows do not have the name anywhere in them: only those that do are read as JSON (3.5 ms for 2,000 rows, not 16). */
function subscribe(
  kind: DueDelivery["kind"],
  table: string,
  list: string,
  only: string,
  id: string,
): InStatement {
  return {
    sql: `INSERT INTO event_deliveries (event_seq, kind, subscriber, trigger, project, status, next_at)
      SELECT e.seq, '${kind}', s.name, coalesce(t.value ->> '$.id', 'event-' || (t.key + 1)), e.project, 'waiting', e.at
      FROM emitted_events AS e JOIN ${table} AS s ON s.project = e.project, json_each(${list}) AS t
      WHERE e.id = ? AND instr(${list.split(",", 1)[0]}, e.name) > 0 AND ${only} t.value ->> '$.name' = e.name AND coalesce(t.value ->> '$.enabled', 1) = 1
      ON CONFLICT DO NOTHING`,
    args: [id],
  };
}

/** The statement that takes note how a try ended. */
export function settling(delivery: DueDelivery, end: DeliveryEnd): InStatement {
  const executionId = end.status === "started" ? end.executionId : null;
  const error = "error" in end ? end.error : null;
  const nextAt = end.status === "waiting" ? end.nextAt : delivery.event.at;
  return {
    sql: `UPDATE event_deliveries SET status = ?, execution_id = ?, error = ?, next_at = ?, attempts = attempts + 1
      WHERE ${which} AND status = 'waiting'`,
    args: [end.status, executionId, error, nextAt, ...keyOf(delivery)],
  };
}
