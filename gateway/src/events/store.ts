import { events, retention } from "@pulse/schema/tables";
import type { EventTopic } from "@pulse/schema/wire/events";
import { and, asc, eq, gt, lte, max, min } from "drizzle-orm";
import type { Database } from "../ports.ts";

/** Something that changed. */
export interface EventRow {
  id: number;
  topic: EventTopic;
  subject: string;
}

/** Ids that are looked through at once. */
const stretch = 5000;

/** The SQL of events as far as they are read and forgotten. Each is written by the store whose change it tells. */
export function createEventStore({ orm, client }: Database) {
  return {
    /** The ids that are kept; 0 to 0: nothing was ever told. */
    async span(): Promise<{ oldest: number; newest: number }> {
      // Two statements, for SQLite reads one end of the table each, and the whole for both at once.
      const [[first], [last]] = await orm.batch([
        orm.select({ id: min(events.id) }).from(events),
        orm.select({ id: max(events.id) }).from(events),
      ]);
      return { oldest: first?.id ?? 0, newest: last?.id ?? 0 };
    },
    /**
     * The next changes of a project after an id, oldest first; the id up to which nothing else was told; whether that is the newest, and
     * whether what followed the id is no longer kept.
     */
    async after(
      project: string,
      id: number,
      limit: number,
    ): Promise<{ rows: EventRow[]; upTo: number; isAll: boolean; isGone: boolean }> {
      const [rows, [last], [first]] = await orm.batch([
        orm
          .select({ id: events.id, topic: events.topic, subject: events.subject })
          .from(events)
          // Other projects may have told much in between: it is passed over a stretch at a time.
          .where(and(gt(events.id, id), lte(events.id, id + stretch), eq(events.project, project)))
          .orderBy(asc(events.id))
          .limit(limit),
        orm.select({ id: max(events.id) }).from(events),
        orm.select({ id: min(events.id) }).from(events),
      ]);
      const newest = last?.id ?? id;
      if ((first?.id ?? 0) > id + 1) return { rows: [], upTo: newest, isAll: true, isGone: true };
      const upTo = rows.length < limit ? Math.min(id + stretch, newest) : (rows.at(-1)?.id ?? id);
      return { rows, upTo, isAll: upTo >= newest, isGone: false };
    },
    /** The longest that any project wants events kept; null: none says. */
    async longestKeptMs(): Promise<number | null> {
      const [row] = await orm.select({ ms: max(retention.eventsMs) }).from(retention);
      return row?.ms ?? null;
    },
    /** Deletes the oldest events told before a time, at most `limit`, but never the newest of all; returns how many. */
    async forget(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM events WHERE id IN (
              SELECT id FROM events WHERE id < (SELECT max(id) FROM events) ORDER BY id LIMIT ?) AND at < ?`,
        args: [limit, before],
      });
      return rowsAffected;
    },
  };
}
