import type { InStatement } from "@libsql/client";
import { channelCursors, channelMemories as memories } from "@pulse/schema/tables";
import { and, eq, inArray, like } from "drizzle-orm";
import type { Database } from "../ports.ts";
import type { Guard } from "./message-store.ts";

export type MemoryRow = typeof memories.$inferSelect;

/** Writes what a rule remembers, where the guard holds. */
export function remember(row: MemoryRow, guard: Guard): InStatement {
  const { ruleId, about, project, failures, told, at } = row;
  return {
    sql: `INSERT INTO channel_memories (rule_id, about, project, failures, told, at) SELECT ?, ?, ?, ?, ?, ? WHERE ${guard.sql}
      ON CONFLICT (rule_id, about) DO UPDATE SET failures = excluded.failures, told = excluded.told, at = excluded.at`,
    args: [ruleId, about, project, failures, told ? 1 : 0, at, ...guard.args],
  };
}

/** Holds while the events of a project were looked at up to here and no further. */
export function lookedUpTo(project: string, eventId: number): Guard {
  return {
    sql: "EXISTS (SELECT 1 FROM channel_cursors WHERE project = ? AND event_id = ?)",
    args: [project, eventId],
  };
}

/** Holds while a rule remembers this; null: nothing. */
export function stillRemembers(ruleId: string, about: string, row: MemoryRow | null): Guard {
  const which = "SELECT 1 FROM channel_memories WHERE rule_id = ? AND about = ?";
  return row === null
    ? { sql: `NOT EXISTS (${which})`, args: [ruleId, about] }
    : { sql: `EXISTS (${which} AND failures = ? AND at = ?)`, args: [ruleId, about, row.failures, row.at] };
}

/** Moves the place up to which events were looked at. */
export function lookOn(project: string, from: number, to: number): InStatement {
  return {
    sql: "UPDATE channel_cursors SET event_id = ? WHERE project = ? AND event_id = ?",
    args: [to, project, from],
  };
}

/** The SQL of what rules remember, and of how far events were looked at. */
export function createMemoryStore({ orm, client }: Database) {
  return {
    /** Up to which event those of a project were looked at; `from` where nobody has looked yet. */
    async cursor(project: string, from: number): Promise<number> {
      const mine = eq(channelCursors.project, project);
      const known = await orm.select().from(channelCursors).where(mine);
      if (known[0] !== undefined) return known[0].eventId;
      await orm.insert(channelCursors).values({ project, eventId: from }).onConflictDoNothing();
      return (await orm.select().from(channelCursors).where(mine))[0]?.eventId ?? from;
    },
    /** What rules remember of these. */
    async of(ruleIds: readonly string[], about: readonly string[]): Promise<MemoryRow[]> {
      if (ruleIds.length === 0 || about.length === 0) return [];
      const which = and(inArray(memories.ruleId, [...ruleIds]), inArray(memories.about, [...about]));
      return await orm.select().from(memories).where(which);
    },
    /** What a rule remembers of runners. */
    async ofRunners(ruleId: string): Promise<MemoryRow[]> {
      const which = and(eq(memories.ruleId, ruleId), like(memories.about, "runner:%"));
      return await orm.select().from(memories).where(which);
    },
    /** All or none, each where its guard holds. */
    async write(statements: InStatement[]): Promise<void> {
      await client.batch(statements, "write");
    },
    /** Forgets what was seen, and runners that were not looked at, before a time; returns how many, at most `limit`. */
    async dropSeen(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM channel_memories WHERE rowid IN (SELECT rowid FROM channel_memories
          WHERE at < ? AND about LIKE 'seen:%' ORDER BY at LIMIT ?)`,
        args: [before, limit],
      });
      return rowsAffected;
    },
  };
}
