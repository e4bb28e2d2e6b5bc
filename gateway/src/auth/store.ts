import type { Membership } from "@pulse/schema/roles";
import { facts, keys, memberships, sessions, users } from "@pulse/schema/tables";
import { and, desc, eq, gt, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";

export type KeyRow = typeof keys.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type UserRow = typeof users.$inferSelect;

/** A person with what they were given. */
export interface Person {
  user: UserRow;
  memberships: Membership[];
}

/** The rows of a join of people with their memberships, as people. */
export function personOf(
  rows: readonly { users: UserRow | null; memberships: Membership | null }[],
): Person | null {
  const user = rows[0]?.users ?? null;
  if (user === null) return null;
  return { user, memberships: rows.flatMap((row) => (row.memberships === null ? [] : [row.memberships])) };
}

/** All SQL of keys, sessions and the gateway's own facts. */
export function createAuthStore({ orm }: Database) {
  return {
    /** A key with its person, if it is somebody's. */
    async keyByDigest(digest: string): Promise<{ row: KeyRow; owner: Person | null } | null> {
      const rows = await orm
        .select()
        .from(keys)
        .leftJoin(users, eq(users.id, keys.ownerId))
        .leftJoin(memberships, eq(memberships.userId, users.id))
        .where(eq(keys.digest, digest));
      const row = rows[0]?.keys;
      return row === undefined ? null : { row, owner: personOf(rows) };
    },
    async keyByIdOrName(project: string, text: string): Promise<KeyRow | null> {
      const which = and(eq(keys.project, project), or(eq(keys.id, text), eq(keys.name, text)));
      return (await orm.select().from(keys).where(which).limit(1))[0] ?? null;
    },
    /** Inserts a key; false when its name is taken. */
    async insertKey(row: typeof keys.$inferInsert): Promise<boolean> {
      return (await orm.insert(keys).values(row).onConflictDoNothing().returning({ id: keys.id })).length > 0;
    },
    /** The keys of a project, or those of one person in it. */
    async listKeys(
      project: string,
      ownerId: string | null,
      after: string | null,
      limit: number,
    ): Promise<KeyRow[]> {
      const which = and(
        eq(keys.project, project),
        ownerId === null ? undefined : eq(keys.ownerId, ownerId),
        after === null ? undefined : lt(keys.id, after),
      );
      return orm.select().from(keys).where(which).orderBy(desc(keys.id)).limit(limit);
    },
    async revokeKey(id: string, now: number): Promise<void> {
      await orm
        .update(keys)
        .set({ revokedAt: now })
        .where(and(eq(keys.id, id), isNull(keys.revokedAt)));
      await orm.delete(sessions).where(eq(sessions.keyId, id));
    },
    async keyUsed(id: string, now: number): Promise<void> {
      await orm.update(keys).set({ lastUsedAt: now }).where(eq(keys.id, id));
    },
    /** Adds a session, in place of the one that the browser had; what has ended is deleted. */
    async insertSession(row: SessionRow, replaced: string | null, now: number): Promise<void> {
      const over = or(
        lt(sessions.expiresAt, now),
        replaced === null ? undefined : eq(sessions.digest, replaced),
      );
      await orm.batch([orm.delete(sessions).where(over), orm.insert(sessions).values(row)]);
    },
    /** A session that has not ended, with its key and the person whose it is or whose key it is of. */
    async session(
      digest: string,
      now: number,
      seenAfter: number,
    ): Promise<{ session: SessionRow; key: KeyRow | null; person: Person | null } | null> {
      const rows = await orm
        .select()
        .from(sessions)
        .leftJoin(keys, eq(keys.id, sessions.keyId))
        .leftJoin(users, eq(users.id, sql`coalesce(${sessions.userId}, ${keys.ownerId})`))
        .leftJoin(memberships, eq(memberships.userId, users.id))
        .where(
          and(eq(sessions.digest, digest), gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, seenAfter)),
        );
      const [row] = rows;
      return row === undefined ? null : { session: row.sessions, key: row.keys, person: personOf(rows) };
    },
    async touchSession(id: string, userId: string | null, now: number): Promise<void> {
      await orm.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.id, id));
      if (userId !== null) await orm.update(users).set({ lastSeenAt: now }).where(eq(users.id, userId));
    },
    /** The sessions that a person or a key holds, newest first. */
    async listSessions(
      of: { userId: string } | { keyId: string },
      now: number,
      seenAfter: number,
    ): Promise<SessionRow[]> {
      const which = and(holder(of), gt(sessions.expiresAt, now), gt(sessions.lastSeenAt, seenAfter));
      return orm.select().from(sessions).where(which).orderBy(desc(sessions.id)).limit(200);
    },
    /** Ends one session of a holder; false when it has none such. */
    async endSession(of: { userId: string } | { keyId: string }, id: string): Promise<boolean> {
      const which = and(holder(of), eq(sessions.id, id));
      return (await orm.delete(sessions).where(which).returning({ id: sessions.id })).length > 0;
    },
    /** Ends the sessions of a holder, but for the one that is named. */
    async endSessions(of: { userId: string } | { keyId: string }, but: string | null): Promise<number> {
      const which = and(holder(of), but === null ? undefined : ne(sessions.id, but));
      return (await orm.delete(sessions).where(which).returning({ id: sessions.id })).length;
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

const holder = (of: { userId: string } | { keyId: string }): SQL =>
  "userId" in of ? eq(sessions.userId, of.userId) : eq(sessions.keyId, of.keyId);
