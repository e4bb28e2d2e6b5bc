import { signInFlows } from "@pulse/schema/tables";
import { and, eq, gt, lt } from "drizzle-orm";
import type { Database } from "../../ports.ts";

export type FlowRow = typeof signInFlows.$inferSelect;

/** All SQL of sign-ins that are under way at the identity provider. */
export function createFlowStore({ orm }: Database) {
  return {
    async insert(row: FlowRow, now: number): Promise<void> {
      await orm.batch([
        orm.delete(signInFlows).where(lt(signInFlows.expiresAt, now)),
        orm.insert(signInFlows).values(row),
      ]);
    },
    /** Takes a flow, once; null when it is not there, too old, or another browser's. */
    async take(state: string, browser: string, now: number): Promise<FlowRow | null> {
      const which = and(
        eq(signInFlows.state, state),
        eq(signInFlows.browser, browser),
        gt(signInFlows.expiresAt, now),
      );
      return (await orm.delete(signInFlows).where(which).returning())[0] ?? null;
    },
  };
}
