import { webhookDeliveries as deliveries, executions, webhooks } from "@pulse/schema/tables";
import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNull,
  lt,
  lte,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";
import { projectOf, seenBy, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";

export type DeliveryRow = typeof deliveries.$inferSelect;
/** A delivery without its body, with how its execution stands. */
export type ListedDelivery = Omit<DeliveryRow, "body"> & { executionStatus: string | null };

const { body: _, ...withoutBody } = getTableColumns(deliveries);
const isWaiting = sql`${deliveries.status} = 'waiting'`;
const listed = { ...withoutBody, executionStatus: executions.status };

/** Which deliveries are asked for: `order` newest or oldest first, after a place in it. */
export interface Asked {
  webhookId: string;
  status?: DeliveryRow["status"] | undefined;
  since?: number | undefined;
  order: "newest" | "oldest";
  after?: { receivedAt: number; id: string } | null;
  limit: number;
}

/** The SQL of deliveries: their only writer, but for the deletion of their webhook. */
export function createDeliveryStore({ orm, client }: Database) {
  const one = async (where: SQL | undefined): Promise<DeliveryRow | null> =>
    (await orm.select().from(deliveries).where(where))[0] ?? null;
  const told = (which: SQL, at: number) => telling({ orm }, "deliveries", deliveries, which, at);
  return {
    /** Stores a delivery. `known`: one with its id came before; `gone`: its webhook is not there any more. */
    async add(row: typeof deliveries.$inferInsert): Promise<"added" | "known" | "gone"> {
      const { id } = deliveries;
      const isGone = sql`NOT EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.id} = ${row.webhookId})`;
      const [added, hook] = await orm.batch([
        orm.insert(deliveries).values(row).onConflictDoNothing().returning({ id }),
        orm
          .update(webhooks)
          .set({ lastDeliveryAt: row.receivedAt })
          .where(eq(webhooks.id, row.webhookId))
          .returning({ id: webhooks.id }),
        orm.delete(deliveries).where(and(eq(id, row.id), isGone)),
        // One whose id came before has no row of this id.
        told(eq(id, row.id), row.receivedAt),
        telling({ orm }, "webhooks", webhooks, eq(webhooks.id, row.webhookId), row.receivedAt),
      ]);
      if (hook.length === 0) return "gone";
      return added.length > 0 ? "added" : "known";
    },
    /** How many deliveries of a webhook wait, counted up to a number. */
    async waiting(webhookId: string, most: number): Promise<number> {
      const some = orm
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(and(eq(deliveries.webhookId, webhookId), isWaiting))
        .limit(most)
        .as("some");
      return (await orm.select({ n: count() }).from(some))[0]?.n ?? 0;
    },
    /** The delivery that came first with an id of the provider. */
    async first(webhookId: string, deliveryId: string): Promise<DeliveryRow | null> {
      const same = and(eq(deliveries.webhookId, webhookId), eq(deliveries.deliveryId, deliveryId));
      return await one(and(same, isNull(deliveries.resendOf)));
    },
    async get(webhookId: string, id: string): Promise<DeliveryRow | null> {
      return await one(and(eq(deliveries.webhookId, webhookId), eq(deliveries.id, id)));
    },
    /** Deliveries, but for those that started what somebody does not see. */
    async list(
      viewer: Viewer,
      { webhookId, status, since, order, after = null, limit }: Asked,
    ): Promise<ListedDelivery[]> {
      const { receivedAt, id } = deliveries;
      const beyond = order === "newest" ? lt : gt;
      const place =
        after === null
          ? undefined
          : or(
              beyond(receivedAt, after.receivedAt),
              and(eq(receivedAt, after.receivedAt), beyond(id, after.id)),
            );
      const which = and(
        eq(deliveries.webhookId, webhookId),
        status === undefined ? undefined : eq(deliveries.status, status),
        since === undefined ? undefined : gte(receivedAt, since),
        // What is sent again is what came from outside.
        order === "oldest" ? isNull(deliveries.resendOf) : undefined,
        place,
        seenBy(viewer),
      );
      const by = order === "newest" ? desc : asc;
      return await orm
        .select(listed)
        .from(deliveries)
        .leftJoin(executions, eq(executions.id, deliveries.executionId))
        .where(which)
        .orderBy(by(receivedAt), by(id))
        .limit(limit);
    },
    async shown(viewer: Viewer, webhookId: string, id: string): Promise<ListedDelivery | null> {
      const [row] = await orm
        .select(listed)
        .from(deliveries)
        .leftJoin(executions, eq(executions.id, deliveries.executionId))
        .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.id, id), seenBy(viewer)));
      return row ?? null;
    },
    /** Those of these that somebody sees, as the log of a webhook shows them. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<ListedDelivery[]> {
      return await orm
        .select(listed)
        .from(deliveries)
        .innerJoin(webhooks, eq(webhooks.id, deliveries.webhookId))
        .leftJoin(executions, eq(executions.id, deliveries.executionId))
        .where(
          and(
            ...[eq(deliveries.project, projectOf(viewer)), inArray(deliveries.id, [...ids])],
            ...[targetSeenBy(viewer, webhooks.target), seenBy(viewer)],
          ),
        );
    },
    /** Whether the execution that a delivery has an id for is there. */
    async hasRun(executionId: string): Promise<boolean> {
      const which = eq(executions.id, executionId);
      return (await orm.select({ id: executions.id }).from(executions).where(which)).length > 0;
    },
    /** Deliveries that wait and whose time has come, the longest due first. */
    async due(now: number, limit: number): Promise<{ id: string; tries: number }[]> {
      return await orm
        .select({ id: deliveries.id, tries: deliveries.tries })
        .from(deliveries)
        .where(and(eq(deliveries.status, "waiting"), lte(deliveries.nextAt, now)))
        .orderBy(asc(deliveries.nextAt))
        .limit(limit);
    },
    /** When one is due next, epoch ms; null: none waits. */
    async nextAt(): Promise<number | null> {
      const [row] = await orm
        .select({ at: deliveries.nextAt })
        .from(deliveries)
        .where(eq(deliveries.status, "waiting"))
        .orderBy(asc(deliveries.nextAt))
        .limit(1);
      return row?.at ?? null;
    },
    /** Takes the next try of a delivery for oneself until a time; null when another one has it. */
    async claim({ id, tries }: { id: string; tries: number }, until: number): Promise<DeliveryRow | null> {
      const mine = and(eq(deliveries.id, id), eq(deliveries.tries, tries), eq(deliveries.status, "waiting"));
      const [row] = await orm
        .update(deliveries)
        .set({ tries: tries + 1, nextAt: until })
        .where(mine)
        .returning();
      return row ?? null;
    },
    /** Writes what came of a try, unless something has come of it already. */
    async settle(
      id: string,
      values: Partial<Pick<DeliveryRow, "status" | "error" | "executionId" | "nextAt">>,
      now: number,
    ): Promise<void> {
      const waiting = and(eq(deliveries.id, id), eq(deliveries.status, "waiting"));
      const written = values.status === undefined ? values : { ...values, target: null };
      await orm.batch([orm.update(deliveries).set(written).where(waiting), told(eq(deliveries.id, id), now)]);
    },
    /** Takes the request off deliveries that are older than their project keeps payloads; returns how many, at most `limit`. */
    async dropBodies(now: number, keptMs: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE webhook_deliveries SET body = NULL, headers = '[]' WHERE id IN (SELECT d.id FROM webhook_deliveries AS d
          LEFT JOIN retention AS r ON r.project = d.project
          WHERE d.body IS NOT NULL AND d.status <> 'waiting' AND d.received_at < ? - coalesce(r.payloads_ms, ?)
          ORDER BY d.received_at LIMIT ?)`,
        args: [now, keptMs, limit],
      });
      return rowsAffected;
    },
    /** Takes the request off the oldest deliveries of projects that keep more bytes of them than `most`; returns how many, at most `limit`. */
    async dropMost(most: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE webhook_deliveries SET body = NULL, headers = '[]' WHERE id IN (SELECT id FROM
            (SELECT id, sum(bytes) OVER (PARTITION BY project ORDER BY received_at DESC, id DESC) AS total
              FROM webhook_deliveries WHERE body IS NOT NULL AND status <> 'waiting')
          WHERE total > ? LIMIT ?)`,
        args: [most, limit],
      });
      return rowsAffected;
    },
    /** Deletes deliveries that are older than their project keeps executions, none younger than `least`; returns how many. */
    async dropOld(now: number, ms: { kept: number; least: number }, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM webhook_deliveries WHERE id IN (SELECT d.id FROM webhook_deliveries AS d
          LEFT JOIN retention AS r ON r.project = d.project
          WHERE d.status <> 'waiting' AND d.received_at < ? - max(coalesce(r.executions_ms, ?), ?)
          ORDER BY d.received_at LIMIT ?)`,
        args: [now, ms.kept, ms.least, limit],
      });
      return rowsAffected;
    },
  };
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;
