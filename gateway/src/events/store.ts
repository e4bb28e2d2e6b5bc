import { events } from "@pulse/schema/tables";
import type { EventTopic } from "@pulse/schema/wire/events";
import { and, asc, eq, gt, max, min } from "drizzle-orm";
import type { Database } from "../ports.ts";

/** Something that changed. */
export interface EventRow {
  id: number;
  topic: EventTopic;
  subject: string;
}

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
    /** The next changes of a project after an id, oldest first, and the id up to which nothing else was told. */
    async after(project: string, id: number, limit: number): Promise<{ rows: EventRow[]; upTo: number }> {
      const [rows, [last]] = await orm.batch([
        orm
          .select({ id: events.id, topic: events.topic, subject: events.subject })
          .from(events)
          .where(and(gt(events.id, id), eq(events.project, project)))
          .orderBy(asc(events.id))
          .limit(limit),
        orm.select({ id: max(events.id) }).from(events),
      ]);
      return { rows, upTo: rows.length < limit ? (last?.id ?? id) : (rows.at(-1)?.id ?? id) };
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
