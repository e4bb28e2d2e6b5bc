import type { InStatement } from "@libsql/client";
import { channels, type MessageTryRow, channelMessages as messages } from "@pulse/schema/tables";
import type { MessageStatus } from "@pulse/schema/wire/channel-messages";
import { and, asc, desc, eq, inArray, lt, lte, notInArray, or, sql } from "drizzle-orm";
import { telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";
import { allSeenBy, projectOf, type Viewer } from "../workflows/seen-by.ts";
import type { Notification } from "./messages/notification.ts";

export type MessageRow = typeof messages.$inferSelect;

/** Things that one message lists; more are counted. */
const listedMost = 50;

/** A message that is to be sent. */
export interface NewMessage {
  id: string;
  project: string;
  channelId: string;
  ruleId: string | null;
  executionId: string | null;
  once: string;
  gathers: string | null;
  nextAt: number;
  createdAt: number;
  notification: Notification;
}

/** A message whose time has come. */
export type DueMessage = Pick<MessageRow, "id" | "attempts" | "channelId">;

/** A condition that a statement is bound to. */
export interface Guard {
  sql: string;
  args: (string | number)[];
}

const always: Guard = { sql: "1 = 1", args: [] };

/** Adds a message, or adds what it tells to the one that gathers for its rule, and tells those who follow of it; what was told before is left alone. */
export function addMessage(message: NewMessage, guard: Guard = always): InStatement[] {
  const { createdAt, channelId, once, gathers } = message;
  return [
    added(message, guard),
    {
      sql: `INSERT INTO events (project, topic, subject, at) SELECT project, 'messages', id, ? FROM channel_messages
        WHERE ((channel_id = ? AND once = ?) OR (gathers = ? AND attempts = 0)) AND ${guard.sql}`,
      args: [createdAt, channelId, once, gathers, ...guard.args],
    },
  ];
}

function added(message: NewMessage, guard: Guard): InStatement {
  const { id, project, channelId, ruleId, executionId, once, gathers, nextAt, createdAt } = message;
  return {
    sql: `INSERT INTO channel_messages (id, project, channel_id, rule_id, execution_id, once, gathers, status, attempts,
      next_at, created_at, count, items, tries)
      SELECT ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, 1, json_array(json(?)), '[]' WHERE ${guard.sql}
      ON CONFLICT (channel_id, once) DO NOTHING
      ON CONFLICT (gathers) WHERE gathers IS NOT NULL AND attempts = 0 DO UPDATE SET count = count + 1,
        items = CASE WHEN json_array_length(items) >= ${listedMost} THEN items
          ELSE json_insert(items, '$[#]', json(excluded.items -> '$[0]')) END`,
    args: [
      ...[id, project, channelId, ruleId, executionId, once, gathers, nextAt, createdAt],
      ...[JSON.stringify(message.notification), ...guard.args],
    ],
  };
}

/** That all executions which a message tells of, and be it as part of a digest, are such that somebody sees. */
function toldTo(viewer: Viewer) {
  return allSeenBy(
    viewer,
    sql`SELECT atom AS id FROM json_tree(${messages.items}) WHERE key = 'id' AND path LIKE '%.execution'
      UNION ALL SELECT ${messages.executionId}`,
  );
}

/** The SQL of messages: their only writer, but for the deletion of their channel. */
export function createMessageStore({ orm, client }: Database) {
  const told = (id: string, at: number) => telling({ orm }, "messages", messages, eq(messages.id, id), at);
  return {
    /** False when it was told before. */
    async add(message: NewMessage): Promise<boolean> {
      const [done] = await client.batch(addMessage(message), "write");
      return (done?.rowsAffected ?? 0) > 0;
    },
    async byOnce(channelId: string, once: string): Promise<MessageRow | null> {
      const same = and(eq(messages.channelId, channelId), eq(messages.once, once));
      return (await orm.select().from(messages).where(same))[0] ?? null;
    },
    /** One that tells nothing of what somebody may not see. */
    async get(viewer: Viewer, channelId: string, id: string): Promise<MessageRow | null> {
      const which = and(eq(messages.channelId, channelId), eq(messages.id, id), toldTo(viewer));
      return (await orm.select().from(messages).where(which))[0] ?? null;
    },
    /** Those of these that tell nothing of what somebody may not see. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<MessageRow[]> {
      const mine = eq(messages.project, projectOf(viewer));
      return await orm
        .select()
        .from(messages)
        .where(and(mine, inArray(messages.id, [...ids]), toldTo(viewer)));
    },
    /** Those that tell nothing of what somebody may not see, newest first. */
    async list(
      viewer: Viewer,
      channelId: string,
      status: MessageStatus | undefined,
      after: { createdAt: number; id: string } | null,
      limit: number,
    ): Promise<MessageRow[]> {
      const { createdAt, id } = messages;
      const place =
        after === null
          ? undefined
          : or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id)));
      const stands = status === undefined ? undefined : eq(messages.status, status);
      return await orm
        .select()
        .from(messages)
        .where(and(eq(messages.channelId, channelId), stands, place, toldTo(viewer)))
        .orderBy(desc(createdAt), desc(id))
        .limit(limit);
    },
    /** The places in a message of what all of them may see; null: all of it. */
    async itemsSeenBy(viewers: readonly Viewer[], id: string): Promise<ReadonlySet<number> | null> {
      const ids = sql`SELECT atom AS id FROM json_tree(e.value) WHERE key = 'id' AND path LIKE '%.execution'`;
      const conditions = viewers.flatMap((viewer) => allSeenBy(viewer, ids) ?? []);
      if (conditions.length === 0) return null;
      const rows = await orm.all<{ place: number }>(
        sql`SELECT e.key AS place FROM channel_messages AS m, json_each(m.items) AS e WHERE m.id = ${id} AND ${and(...conditions)}`,
      );
      return new Set(rows.map(({ place }) => Number(place)));
    },
    /** Messages whose time has come, the longest due first, but for those of some channels. */
    async due(now: number, notOf: readonly string[], limit: number): Promise<DueMessage[]> {
      const { id, attempts, channelId } = messages;
      return await orm
        .select({ id, attempts, channelId })
        .from(messages)
        .where(
          and(
            ...[eq(messages.status, "waiting"), lte(messages.nextAt, now)],
            notInArray(channelId, [...notOf]),
          ),
        )
        .orderBy(asc(messages.nextAt))
        .limit(limit);
    },
    /** What waits for a channel waits until a time at least. */
    async postpone(channelId: string, until: number): Promise<void> {
      const soon = and(eq(messages.channelId, channelId), lt(messages.nextAt, until));
      await orm
        .update(messages)
        .set({ nextAt: until })
        .where(and(soon, eq(messages.status, "waiting")));
    },
    /** When one is due next, epoch ms; null: none waits. */
    async nextAt(): Promise<number | null> {
      const [row] = await orm
        .select({ at: messages.nextAt })
        .from(messages)
        .where(eq(messages.status, "waiting"))
        .orderBy(asc(messages.nextAt))
        .limit(1);
      return row?.at ?? null;
    },
    /** Takes the next try of a message for oneself until a time; null when another one has it. */
    async claim(
      { id, attempts }: { id: string; attempts: number },
      until: number,
    ): Promise<MessageRow | null> {
      const mine = and(eq(messages.id, id), eq(messages.attempts, attempts), eq(messages.status, "waiting"));
      const [row] = await orm
        .update(messages)
        .set({ attempts: attempts + 1, nextAt: until })
        .where(mine)
        .returning();
      return row ?? null;
    },
    /** Writes what came of a try of a message, and to its channel how its last one went. */
    async settle(
      { id, channelId }: Pick<MessageRow, "id" | "channelId">,
      state: { status: MessageStatus; nextAt: number; tries: MessageTryRow[] },
      now: number,
    ): Promise<void> {
      const last = state.tries.at(-1);
      const said =
        last === undefined
          ? {}
          : { lastDelivered: state.status === "delivered", lastAt: last.at, lastError: last.error };
      await orm.batch([
        orm.update(messages).set(state).where(eq(messages.id, id)),
        orm
          .update(channels)
          .set({ ...said, id: channelId })
          .where(eq(channels.id, channelId)),
        told(id, now),
        telling({ orm }, "channels", channels, eq(channels.id, channelId), now),
      ]);
    },
    /** Ends a message of which nobody knows any more how its try went. */
    async lose(id: string, now: number): Promise<void> {
      const waiting = and(eq(messages.id, id), eq(messages.status, "waiting"));
      await orm.batch([orm.update(messages).set({ status: "lost" }).where(waiting), told(id, now)]);
    },
    /** Deletes messages that are older than their project keeps executions, none younger than `least`; returns how many. */
    async dropOld(now: number, ms: { kept: number; least: number }, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM channel_messages WHERE id IN (SELECT m.id FROM channel_messages AS m
          LEFT JOIN retention AS r ON r.project = m.project
          WHERE (m.status <> 'waiting' OR m.next_at > ?) AND m.created_at < ? - max(coalesce(r.executions_ms, ?), ?)
          ORDER BY m.created_at LIMIT ?)`,
        // One that was never due was begun by a process that ended.
        args: [now + ms.kept + ms.least, now, ms.kept, ms.least, limit],
      });
      return rowsAffected;
    },
  };
}
