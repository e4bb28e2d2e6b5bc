import type { InStatement, ResultSet } from "@libsql/client";
import type { Emitter } from "@pulse/schema/tables";
import type { DueDelivery } from "../../emitted/store.ts";

/** What is started at once; there may be more. */
const deliveriesMost = 50;
const awaitedMost = 500;

/** How far somebody has looked: events and waits up to here were brought together. */
export interface Seen {
  event: number;
  wait: number;
}

export const nothingSeen: Seen = { event: 0, wait: 0 };

/** What events have to do with runs now. */
export interface EventsDue {
  deliveries: DueDelivery[];
  /** Steps that wait for an event of which there is one that they have not seen. */
  awaited: { run: string; key: string }[];
  seen: Seen;
  /** Whether this was all. */
  isAll: boolean;
}

/** The statements that find what events have to do, for one project or with null for all; only what is new since `seen` is looked at. */
export function eventStatements(project: string | null, now: number, seen: Seen): InStatement[] {
  const within = (column: string) => (project === null ? "" : ` AND ${column} = ?`);
  const only = project === null ? [] : [project];
  return [
    {
      sql: `SELECT d.project, d.kind, d.subscriber, d.trigger, d.attempts, e.seq, e.id, e.name, e.at, e.depth, e."by", e.emitter, e.data
        FROM event_deliveries AS d JOIN emitted_events AS e ON e.seq = d.event_seq
        WHERE d.status = 'waiting' AND d.next_at <= ?${within("d.project")} ORDER BY d.next_at, d.event_seq LIMIT ?`,
      args: [now, ...only, deliveriesMost],
    },
    {
      sql: `SELECT a.execution_id, a.key FROM workflow_awaits AS a JOIN emitted_events AS e
          ON e.project = a.project AND e.name = a.name AND e.seq > a.seen WHERE e.seq > ?${within("a.project")}
        UNION SELECT a.execution_id, a.key FROM workflow_awaits AS a WHERE a.id > ?${within("a.project")} AND EXISTS
          (SELECT 1 FROM emitted_events AS e WHERE e.project = a.project AND e.name = a.name AND e.seq > a.seen)
        LIMIT ?`,
      args: [seen.event, ...only, seen.wait, ...only, awaitedMost],
    },
    "SELECT coalesce(max(seq), 0) AS event FROM emitted_events",
    "SELECT coalesce(max(id), 0) AS wait FROM workflow_awaits",
  ];
}

/** What those statements found. */
export function readEventsDue([deliveries, awaited, event, wait]: readonly ResultSet[]): EventsDue {
  const found = deliveries?.rows ?? [];
  const waits = awaited?.rows ?? [];
  return {
    deliveries: found.map((row) => ({
      ...{ project: String(row.project), subscriber: String(row.subscriber), trigger: String(row.trigger) },
      kind: row.kind === "workflow" ? "workflow" : "function",
      attempts: Number(row.attempts),
      event: {
        ...{ seq: Number(row.seq), id: String(row.id), name: String(row.name), at: Number(row.at) },
        ...{ depth: Number(row.depth), by: String(row.by), data: JSON.parse(String(row.data)) as unknown },
        emitter: row.emitter === null ? null : (JSON.parse(String(row.emitter)) as Emitter),
      },
    })),
    awaited: waits.map((row) => ({ run: String(row.execution_id), key: String(row.key) })),
    seen: { event: Number(event?.rows[0]?.event ?? 0), wait: Number(wait?.rows[0]?.wait ?? 0) },
    isAll: waits.length < awaitedMost && found.length < deliveriesMost,
  };
}
