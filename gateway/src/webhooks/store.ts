import { webhookDeliveries, webhooks } from "@pulse/schema/tables";
import { and, asc, count, eq, gt, inArray, or, sql } from "drizzle-orm";
import { goneSubject, telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";
import { projectOf, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

/** Of refused requests of one webhook one is told in this time. */
const refusedToldMs = 1000;

/** The SQL of webhooks. */
export function createWebhookStore({ orm }: Database) {
  const told = (id: string, at: number) => tellHook({ orm }, id, at);
  const seen = (viewer: Viewer) =>
    and(eq(webhooks.project, projectOf(viewer)), targetSeenBy(viewer, webhooks.target));
  return {
    async byId(id: string): Promise<WebhookRow | null> {
      const [row] = await orm.select().from(webhooks).where(eq(webhooks.id, id));
      return row ?? null;
    },
    /** One that somebody sees, by its id or its name. */
    async find(viewer: Viewer, which: string): Promise<WebhookRow | null> {
      const named = or(eq(webhooks.id, which), eq(webhooks.name, which));
      const rows = await orm
        .select()
        .from(webhooks)
        .where(and(seen(viewer), named));
      return rows.find(({ id }) => id === which) ?? rows[0] ?? null;
    },
    /** Those of these that somebody sees. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<WebhookRow[]> {
      return await orm
        .select()
        .from(webhooks)
        .where(and(seen(viewer), inArray(webhooks.id, [...ids])));
    },
    async count(project: string): Promise<number> {
      const [row] = await orm.select({ n: count() }).from(webhooks).where(eq(webhooks.project, project));
      return row?.n ?? 0;
    },
    async list(viewer: Viewer, after: string | null, limit: number): Promise<WebhookRow[]> {
      const mine = and(seen(viewer), gt(webhooks.name, after ?? ""));
      return await orm.select().from(webhooks).where(mine).orderBy(asc(webhooks.name)).limit(limit);
    },
    /** Those that are triggers of a workflow. */
    async ofWorkflow(workflowId: string): Promise<WebhookRow[]> {
      const mine = eq(webhooks.workflowId, workflowId);
      return await orm.select().from(webhooks).where(mine).orderBy(asc(webhooks.name));
    },
    /** False when the name is taken. */
    async insert(row: typeof webhooks.$inferInsert): Promise<boolean> {
      const added = orm.insert(webhooks).values(row).onConflictDoNothing().returning({ id: webhooks.id });
      return (await orm.batch([added, told(row.id, row.createdAt)]))[0].length > 0;
    },
    async change(
      id: string,
      values: Partial<typeof webhooks.$inferInsert>,
      now: number,
    ): Promise<WebhookRow | null> {
      const changed = orm.update(webhooks).set(values).where(eq(webhooks.id, id)).returning();
      const [[row]] = await orm.batch([changed, told(id, now)]);
      return row ?? null;
    },
    async countRefused(id: string, at: number): Promise<void> {
      const mine = eq(webhooks.id, id);
      // Whoever sends nonsense fills no log: what is refused is told once in a while.
      const isNews = sql`${mine} AND coalesce(${webhooks.refusedAt}, 0) < ${at - refusedToldMs}`;
      await orm.batch([
        telling({ orm }, "webhooks", webhooks, isNews, at),
        orm
          .update(webhooks)
          .set({ refusedCount: sql`${webhooks.refusedCount} + 1`, refusedAt: at })
          .where(mine),
      ]);
    },
    /** Takes the wish to keep the next delivery; false when nobody wishes that, or another delivery was the next one. */
    async takeCapture(id: string, now: number): Promise<boolean> {
      const wished = and(eq(webhooks.id, id), gt(webhooks.captureUntil, now));
      const taken = orm
        .update(webhooks)
        .set({ captureUntil: null })
        .where(wished)
        .returning({ id: webhooks.id });
      return (await orm.batch([taken, told(id, now)]))[0].length > 0;
    },
    async remove(id: string, now: number): Promise<void> {
      await orm.batch(removalOfHook({ orm }, id, now));
    },
  };
}

/** Tells of a webhook, behind what changes it. */
export function tellHook(database: Pick<Database, "orm">, id: string, at: number) {
  return telling(database, "webhooks", webhooks, eq(webhooks.id, id), at);
}

/** What takes a webhook away, and tells that it is gone. */
export function removalOfHook(database: Pick<Database, "orm">, id: string, at: number) {
  const { orm } = database;
  const mine = eq(webhooks.id, id);
  return [
    telling(database, "webhooks", webhooks, mine, at, goneSubject(webhooks.id, webhooks.target)),
    orm.delete(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id)),
    orm.delete(webhooks).where(mine),
  ] as const;
}
