import { everyProject, type Membership, type Role } from "@pulse/schema/roles";
import {
  deviceLogins,
  keys,
  memberships,
  projects,
  recoveryCodes,
  savedInputs,
  sessions,
  users,
} from "@pulse/schema/tables";
import { and, eq, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import { type Person, personOf, type UserRow } from "../store.ts";

export type Source = UserRow["source"];
export type MembershipRow = typeof memberships.$inferSelect;

/** Whether the gateway keeps an admin who may sign in when this person is none any more. */
const isRemovable = (userId: string) =>
  sql`(NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.user_id = ${userId} AND m.project = ${everyProject} AND m.role = 'admin')
    OR ${isAdminElsewhere(userId)})`;

const isAdminElsewhere = (userId: string) =>
  sql`EXISTS (SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id WHERE m.project = ${everyProject}
    AND m.role = 'admin' AND u.disabled_at IS NULL AND u.id <> ${userId})`;

/** All SQL of people, of what they were given, and of projects. */
export function createPeopleStore({ orm }: Database) {
  async function found(which: SQL | undefined): Promise<Person | null> {
    const rows = await orm
      .select()
      .from(users)
      .leftJoin(memberships, eq(memberships.userId, users.id))
      .where(which);
    return personOf(rows);
  }

  return {
    byUsername: (username: string) => found(eq(users.username, username)),
    byId: (id: string) => found(eq(users.id, id)),
    bySubject: (source: Source, subject: string) =>
      found(and(eq(users.source, source), eq(users.subject, subject))),
    /** Adds a person with what they are given; false when the username is taken. */
    async insert(
      row: typeof users.$inferInsert,
      given: readonly Omit<MembershipRow, "userId">[],
    ): Promise<boolean> {
      const added = await orm.insert(users).values(row).onConflictDoNothing().returning({ id: users.id });
      if (added.length === 0) return false;
      if (given.length > 0) {
        await orm.insert(memberships).values(given.map((one) => ({ ...one, userId: row.id })));
      }
      return true;
    },
    /** Adds the first person of a gateway; false when there is one already. */
    async insertFirst(row: typeof users.$inferInsert): Promise<boolean> {
      const { id, username, name, source, passwordHash = null, createdAt } = row;
      const result =
        await orm.run(sql`INSERT INTO users (id, username, name, source, password_hash, created_at)
        SELECT ${id}, ${username}, ${name}, ${source}, ${passwordHash}, ${createdAt} WHERE NOT EXISTS (SELECT 1 FROM users)`);
      if (result.rowsAffected === 0) return false;
      await orm
        .insert(memberships)
        .values({ userId: id, project: everyProject, role: "admin", origin: "given" });
      return true;
    },
    async update(id: string, change: Partial<typeof users.$inferInsert>): Promise<void> {
      await orm.update(users).set(change).where(eq(users.id, id));
    },
    /** What groups of the identity provider give somebody, in place of what they gave before. */
    async replaceGroupRoles(userId: string, given: readonly Membership[]): Promise<void> {
      const which = and(eq(memberships.userId, userId), eq(memberships.origin, "group"));
      const rows = given.map((one) => ({ ...one, userId, origin: "group" as const }));
      const clear = orm.delete(memberships).where(which);
      if (rows.length === 0) await clear;
      else await orm.batch([clear, orm.insert(memberships).values(rows)]);
    },
    /** Gives a role, or takes it (null). False when that would leave the gateway without an admin. */
    async give(userId: string, project: string, role: Role | null): Promise<boolean> {
      const isKept = project !== everyProject || role === "admin";
      const which = and(
        eq(memberships.userId, userId),
        eq(memberships.project, project),
        eq(memberships.origin, "given"),
        isKept ? undefined : sql`(role <> 'admin' OR ${isAdminElsewhere(userId)})`,
      );
      if (role === null) {
        await orm.delete(memberships).where(which);
        const left = await this.givenRole(userId, project);
        return left === null;
      }
      const row = { userId, project, role, origin: "given" as const };
      const target = [memberships.userId, memberships.project, memberships.origin];
      await orm
        .insert(memberships)
        .values(row)
        .onConflictDoUpdate({
          target,
          set: { role },
          ...(isKept ? {} : { setWhere: sql`(memberships.role <> 'admin' OR ${isAdminElsewhere(userId)})` }),
        });
      return (await this.givenRole(userId, project)) === role;
    },
    async givenRole(userId: string, project: string): Promise<Role | null> {
      const which = and(
        eq(memberships.userId, userId),
        eq(memberships.project, project),
        eq(memberships.origin, "given"),
      );
      return (await orm.select({ role: memberships.role }).from(memberships).where(which))[0]?.role ?? null;
    },
    /** Disables somebody and ends their sessions; false when that would leave the gateway without an admin. */
    async disable(userId: string, now: number): Promise<boolean> {
      const which = and(eq(users.id, userId), isRemovable(userId));
      const done = await orm.update(users).set({ disabledAt: now }).where(which).returning({ id: users.id });
      if (done.length === 0) return false;
      await orm.delete(sessions).where(eq(sessions.userId, userId));
      return true;
    },
    /** Whether the gateway keeps an admin without this person. */
    async mayGo(userId: string): Promise<boolean> {
      const which = and(eq(users.id, userId), isRemovable(userId));
      return (await orm.select({ id: users.id }).from(users).where(which)).length > 0;
    },
    /** Deletes somebody with all that is theirs; their keys are revoked. False as with `disable`. */
    async remove(userId: string, now: number): Promise<boolean> {
      const which = and(eq(users.id, userId), isRemovable(userId));
      if ((await orm.delete(users).where(which).returning({ id: users.id })).length === 0) return false;
      const theirKeys = orm.select({ id: keys.id }).from(keys).where(eq(keys.ownerId, userId));
      await orm.batch([
        orm.delete(sessions).where(or(eq(sessions.userId, userId), inArray(sessions.keyId, theirKeys))),
        orm
          .update(keys)
          .set({ revokedAt: now })
          .where(and(eq(keys.ownerId, userId), isNull(keys.revokedAt))),
        orm.delete(memberships).where(eq(memberships.userId, userId)),
        orm.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
        orm.delete(deviceLogins).where(eq(deviceLogins.userId, userId)),
        orm.delete(savedInputs).where(eq(savedInputs.ownerId, userId)),
      ]);
      return true;
    },
    /** People by username, everybody or those of a project, with what they were given. */
    async list(project: string | null, after: string | null, limit: number): Promise<Person[]> {
      const isMember = sql`EXISTS (SELECT 1 FROM memberships AS m WHERE m.user_id = users.id
        AND m.project IN (${project}, ${everyProject}))`;
      const page = await orm
        .select({ id: users.id })
        .from(users)
        .where(
          and(
            after === null ? undefined : gt(users.username, after),
            project === null ? undefined : isMember,
          ),
        )
        .orderBy(users.username)
        .limit(limit);
      const ids = page.map(({ id }) => id);
      if (ids.length === 0) return [];
      const rows = await orm
        .select()
        .from(users)
        .leftJoin(memberships, eq(memberships.userId, users.id))
        .where(inArray(users.id, ids))
        .orderBy(users.username);
      const byId = Map.groupBy(rows, (row) => row.users.id);
      return [...byId.values()].flatMap((some) => personOf(some) ?? []);
    },
    async hasPeople(): Promise<boolean> {
      return (await orm.select({ id: users.id }).from(users).limit(1)).length > 0;
    },
    async hasProject(name: string): Promise<boolean> {
      if (name === "default") return true;
      return (
        (await orm.select({ name: projects.name }).from(projects).where(eq(projects.name, name))).length > 0
      );
    },
  };
}

export type PeopleStore = ReturnType<typeof createPeopleStore>;
