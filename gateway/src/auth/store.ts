import { facts, keys, sessions } from "@pulse/schema/tables";
import { and, desc, eq, gt, isNull, lt, or } from "drizzle-orm";
import type { Database } from "../ports.ts";

export type KeyRow = typeof keys.$inferSelect;

/** All SQL of keys, sessions and the gateway's own facts. */
export function createAuthStore({ orm }: Database) {
  return {
    async keyByDigest(digest: string): Promise<KeyRow | null> {
      return (await orm.select().from(keys).where(eq(keys.digest, digest)).limit(1))[0] ?? null;
    },
    async keyByIdOrName(project: string, text: string): Promise<KeyRow | null> {
      const which = and(eq(keys.project, project), or(eq(keys.id, text), eq(keys.name, text)));
      return (await orm.select().from(keys).where(which).limit(1))[0] ?? null;
    },
    /** Inserts a key; false when its name is taken. */
    async insertKey(row: typeof keys.$inferInsert): Promise<boolean> {
      return (await orm.insert(keys).values(row).onConflictDoNothing().returning({ id: keys.id })).length > 0;
    },
    async listKeys(project: string, after: string | null, limit: number): Promise<KeyRow[]> {
      const which = and(eq(keys.project, project), after === null ? undefined : lt(keys.id, after));
      return orm.select().from(keys).where(which).orderBy(desc(keys.id)).limit(limit);
    },
    async revokeKey(id: string, now: number): Promise<void> {
      await orm
        .update(keys)
        .set({ revokedAt: now })
        .where(and(eq(keys.id, id), isNull(keys.revokedAt)));
      await orm.delete(sessions).where(eq(sessions.keyId, id));
    },
    async insertSession(row: typeof sessions.$inferInsert, now: number): Promise<void> {
      await orm.delete(sessions).where(lt(sessions.expiresAt, now));
      await orm.insert(sessions).values(row);
    },
    async sessionKey(digest: string, now: number): Promise<{ key: KeyRow; expiresAt: number } | null> {
      const rows = await orm
        .select({ key: keys, expiresAt: sessions.expiresAt })
        .from(sessions)
        .innerJoin(keys, eq(keys.id, sessions.keyId))
        .where(and(eq(sessions.digest, digest), gt(sessions.expiresAt, now)))
        .limit(1);
      return rows[0] ?? null;
    },
    async deleteSession(digest: string): Promise<void> {
      await orm.delete(sessions).where(eq(sessions.digest, digest));
    },
    async fact(name: string): Promise<string | null> {
      return (await orm.select().from(facts).where(eq(facts.name, name)).limit(1))[0]?.value ?? null;
    },
    async setFact(name: string, value: string): Promise<void> {
      await orm
        .insert(facts)
        .values({ name, value })
        .onConflictDoUpdate({ target: facts.name, set: { value } });
    },
    /** Removes a fact that still has this value; false when it has another or is gone. */
    async takeFact(name: string, value: string): Promise<boolean> {
      const which = and(eq(facts.name, name), eq(facts.value, value));
      return (await orm.delete(facts).where(which).returning({ name: facts.name })).length > 0;
    },
  };
}
