import { webhookDeliveries, webhooks } from "@pulse/schema/tables";
import { and, asc, count, eq, gt, or, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { projectOf, targetSeenBy, type Viewer } from "../workflows/seen-by.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

/** The SQL of webhooks. */
export function createWebhookStore({ orm }: Database) {
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
      return (await orm.insert(webhooks).values(row).onConflictDoNothing().returning()).length > 0;
    },
    async change(id: string, values: Partial<typeof webhooks.$inferInsert>): Promise<WebhookRow | null> {
      const [row] = await orm.update(webhooks).set(values).where(eq(webhooks.id, id)).returning();
      return row ?? null;
    },
    async countRefused(id: string, at: number): Promise<void> {
      await orm
        .update(webhooks)
        .set({ refusedCount: sql`${webhooks.refusedCount} + 1`, refusedAt: at })
        .where(eq(webhooks.id, id));
    },
    /** Takes the wish to keep the next delivery; false when nobody wishes that, or another delivery was the next one. */
    async takeCapture(id: string, now: number): Promise<boolean> {
      const wished = and(eq(webhooks.id, id), gt(webhooks.captureUntil, now));
      return (await orm.update(webhooks).set({ captureUntil: null }).where(wished).returning()).length > 0;
    },
    async remove(id: string): Promise<void> {
      await orm.batch([
        orm.delete(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id)),
        orm.delete(webhooks).where(eq(webhooks.id, id)),
      ]);
    },
  };
}
