import { webhookDeliveries, webhooks } from "@pulse/schema/tables";
import { and, asc, eq, gt, or, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

/** The SQL of webhooks. */
export function createWebhookStore({ orm }: Database) {
  return {
    async byId(id: string): Promise<WebhookRow | null> {
      const [row] = await orm.select().from(webhooks).where(eq(webhooks.id, id));
      return row ?? null;
    },
    /** One of a project by its id or its name. */
    async find(project: string, which: string): Promise<WebhookRow | null> {
      const named = or(eq(webhooks.id, which), eq(webhooks.name, which));
      const rows = await orm
        .select()
        .from(webhooks)
        .where(and(eq(webhooks.project, project), named));
      return rows.find(({ id }) => id === which) ?? rows[0] ?? null;
    },
    async list(project: string, after: string | null, limit: number): Promise<WebhookRow[]> {
      const mine = and(eq(webhooks.project, project), gt(webhooks.name, after ?? ""));
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
