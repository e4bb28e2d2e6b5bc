import { signInFlows } from "@pulse/schema/tables";
import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";

export type FlowRow = typeof signInFlows.$inferSelect;

/** All SQL of sign-ins that are under way at the identity provider. */
export function createFlowStore({ orm }: Database) {
  return {
    /** Adds a sign-in; false while `most` others are under way. */
    async insert(row: FlowRow, now: number, most: number): Promise<boolean> {
      const { state, browser, nonce, verifier, returnTo, expiresAt } = row;
      const [, added] = await orm.batch([
        orm.delete(signInFlows).where(lt(signInFlows.expiresAt, now)),
        orm.run(sql`INSERT INTO sign_in_flows (state, browser, nonce, verifier, return_to, expires_at)
          SELECT ${state}, ${browser}, ${nonce}, ${verifier}, ${returnTo}, ${expiresAt}
          WHERE (SELECT count(*) FROM sign_in_flows) < ${most}`),
      ]);
      return added.rowsAffected > 0;
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
