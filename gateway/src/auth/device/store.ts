import { deviceLogins } from "@pulse/schema/tables";
import { and, eq, gt, lte, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";

export type DeviceRow = typeof deviceLogins.$inferSelect;

/** The SQL of machines that wait to be let in. */
export function createDeviceStore({ orm }: Database) {
  return {
    /** Deletes those whose time is over. */
    async forget(now: number): Promise<void> {
      await orm.delete(deviceLogins).where(lte(deviceLogins.expiresAt, now));
    },
    /** Adds one; false when its code is another's. */
    async insert(row: DeviceRow): Promise<boolean> {
      return (await orm.insert(deviceLogins).values(row).onConflictDoNothing().returning()).length > 0;
    },
    /** How many wait, or have not been asked after yet. */
    async count(): Promise<number> {
      const [row] = await orm.select({ count: sql<number>`count(*)` }).from(deviceLogins);
      return row?.count ?? 0;
    },
    /** One that waits for an answer still. */
    async pending(userCode: string, now: number): Promise<DeviceRow | null> {
      const which = and(
        eq(deviceLogins.userCode, userCode),
        eq(deviceLogins.status, "pending"),
        gt(deviceLogins.expiresAt, now),
      );
      return (await orm.select().from(deviceLogins).where(which))[0] ?? null;
    },
    /** Answers one that waits; false when it does not any more. */
    async answer(digest: string, answer: Pick<DeviceRow, "status" | "userId" | "project">): Promise<boolean> {
      const which = and(eq(deviceLogins.digest, digest), eq(deviceLogins.status, "pending"));
      return (await orm.update(deviceLogins).set(answer).where(which).returning()).length > 0;
    },
    async byDigest(digest: string): Promise<DeviceRow | null> {
      return (await orm.select().from(deviceLogins).where(eq(deviceLogins.digest, digest)))[0] ?? null;
    },
    /** Notes a question; `addMs` makes the wait between two longer. */
    async polled(digest: string, now: number, addMs: number): Promise<void> {
      await orm
        .update(deviceLogins)
        .set({ polledAt: now, intervalMs: sql`${deviceLogins.intervalMs} + ${addMs}` })
        .where(eq(deviceLogins.digest, digest));
    },
    /** Takes an answered one away; false when somebody else did. */
    async take(digest: string): Promise<boolean> {
      return (await orm.delete(deviceLogins).where(eq(deviceLogins.digest, digest)).returning()).length > 0;
    },
  };
}
