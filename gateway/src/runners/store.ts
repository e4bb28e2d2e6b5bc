import { enrolmentTokens, runners } from "@pulse/schema/tables";
import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { RunnerRecord } from "../hub.ts";
import type { Database } from "../ports.ts";
import { epochFloor } from "./epoch-floor.ts";

/** A runner's row. */
export type RunnerRow = typeof runners.$inferSelect;
/** A row to insert. */
export type NewRunner = Pick<
  RunnerRow,
  "id" | "name" | "thumbprint" | "signingKey" | "sealingKey" | "createdAt" | "facts"
>;
/** Every process is above all before it; one that asks again, because it heard no answer, keeps its place. */
function epochOf(instanceId: string | null) {
  return sql`CASE WHEN ${runners.instanceId} = ${instanceId} AND ${runners.epoch} > ${epochFloor} THEN ${runners.epoch}
    ELSE max(${runners.epoch}, ${epochFloor}) + 1 END`;
}

/** What an enrolment token carries. */
export type EnrolmentToken = typeof enrolmentTokens.$inferSelect;

/** Presence as the hub hands it over to be written. */
export interface Presence {
  id: string;
  lastSeenAt: number;
  metrics: Record<string, number> | null;
  preparing: string | null;
  runtimes: string[];
  capabilities: string[];
}

/** The SQL of runners, their enrolment tokens and used assertions: their only writer. */
export type RunnerStore = ReturnType<typeof createRunnerStore>;

/** Makes the store over a database. */
export function createRunnerStore({ orm, client }: Database) {
  const alive = isNull(runners.revokedAt);
  /** Tells those who follow that a runner changed, under the name it has then. */
  const told = (id: string, now: number) =>
    orm.run(sql`INSERT INTO events (project, topic, subject, at) SELECT ${runners.project}, 'runners', ${runners.name}, ${now}
      FROM ${runners} WHERE ${runners.id} = ${id} AND ${alive}`);
  return {
    async byId(id: string): Promise<RunnerRow | null> {
      const [row] = await orm
        .select()
        .from(runners)
        .where(and(eq(runners.id, id), alive));
      return row ?? null;
    },
    /** Those of these runners that are there. */
    async byIds(ids: readonly string[]): Promise<RunnerRow[]> {
      return await orm
        .select()
        .from(runners)
        .where(and(inArray(runners.id, [...ids]), alive));
    },
    /** The ids of runners that were revoked since a time. */
    async revokedSince(time: number): Promise<string[]> {
      const rows = await orm.select({ id: runners.id }).from(runners).where(gt(runners.revokedAt, time));
      return rows.map(({ id }) => id);
    },
    async byName(project: string, name: string): Promise<RunnerRow | null> {
      const [row] = await orm
        .select()
        .from(runners)
        .where(and(eq(runners.project, project), eq(runners.name, name), alive));
      return row ?? null;
    },
    /** Runners of a project by name, after a name. */
    async list(project: string, after: string | null, limit: number): Promise<RunnerRow[]> {
      const beyond = after === null ? undefined : gt(runners.name, after);
      return await orm
        .select()
        .from(runners)
        .where(and(eq(runners.project, project), alive, beyond))
        .orderBy(asc(runners.name))
        .limit(limit);
    },

    /** The runners of these names. */
    async named(project: string, names: readonly string[]): Promise<RunnerRow[]> {
      const which = and(eq(runners.project, project), inArray(runners.name, [...names]), alive);
      return await orm.select().from(runners).where(which);
    },

    async addToken(token: EnrolmentToken): Promise<void> {
      await orm.insert(enrolmentTokens).values(token);
    },
    async token(digest: string): Promise<EnrolmentToken | null> {
      const [row] = await orm.select().from(enrolmentTokens).where(eq(enrolmentTokens.digest, digest));
      return row ?? null;
    },
    /** Inserts a runner by a token that is good, using it up by one, in one transaction. False: the token is not good, or the name is taken. */
    async enrol(digest: string, runner: NewRunner, now: number): Promise<boolean> {
      const json = JSON.stringify;
      const [inserted] = await client.batch(
        [
          {
            sql: `INSERT INTO runners (id, project, name, pool, labels, ephemeral, thumbprint, signing_key, sealing_key,
                    capabilities, facts, epoch, slots, state, created_at)
                  SELECT ?, project, ?, pool, labels, ephemeral, ?, ?, ?, '[]', ?, 0, 0, 'active', ?
                  FROM enrolment_tokens WHERE digest = ? AND uses_left > 0 AND expires_at > ?
                  ON CONFLICT DO NOTHING`,
            args: [
              runner.id,
              runner.name,
              runner.thumbprint,
              json(runner.signingKey),
              json(runner.sealingKey),
              runner.facts === null ? null : json(runner.facts),
              runner.createdAt,
              digest,
              now,
            ],
          },
          {
            sql: `UPDATE enrolment_tokens SET uses_left = uses_left - 1
                  WHERE digest = ? AND EXISTS (SELECT 1 FROM runners WHERE id = ?)`,
            args: [digest, runner.id],
          },
          {
            sql: "INSERT INTO events (project, topic, subject, at) SELECT project, 'runners', name, ? FROM runners WHERE id = ?",
            args: [now, runner.id],
          },
        ],
        "write",
      );
      return (inserted?.rowsAffected ?? 0) > 0;
    },

    /** Notes an assertion as used; false when it was before. Forgets those that expired. */
    async useAssertion(
      { id, project }: Pick<RunnerRow, "id" | "project">,
      jti: string,
      expiresAt: number,
      now: number,
    ): Promise<boolean> {
      const [, inserted] = await client.batch(
        [
          { sql: "DELETE FROM used_assertions WHERE expires_at < ?", args: [now] },
          {
            sql: "INSERT INTO used_assertions (project, runner_id, jti, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            args: [project, id, jti, expiresAt],
          },
        ],
        "write",
      );
      return (inserted?.rowsAffected ?? 0) > 0;
    },

    /** Starts a session: the epoch grows by one. Null when the runner is gone. */
    async openSession(
      id: string,
      facts: Pick<
        RunnerRow,
        "instanceId" | "bootId" | "version" | "capabilities" | "facts" | "slots" | "preparing"
      > & { lastSeenAt: number },
    ): Promise<RunnerRow | null> {
      const opened = orm
        .update(runners)
        .set({ ...facts, epoch: epochOf(facts.instanceId) })
        .where(and(eq(runners.id, id), alive))
        .returning();
      const [rows] = await orm.batch([opened, told(id, facts.lastSeenAt)]);
      return rows[0] ?? null;
    },
    /** Replaces the keys; the signing key before stays good until `previousUntil`. */
    async rotate(
      id: string,
      keys: Pick<RunnerRow, "signingKey" | "sealingKey" | "thumbprint" | "previousKey" | "previousUntil">,
      thumbprintBefore: string,
    ): Promise<boolean> {
      const rows = await orm
        .update(runners)
        .set(keys)
        .where(and(eq(runners.id, id), eq(runners.thumbprint, thumbprintBefore), alive))
        .returning({ id: runners.id });
      return rows.length > 0;
    },
    /** Changes name, labels or state. Null when the runner is gone; throws when the name is taken. */
    async change(
      id: string,
      change: Partial<Pick<RunnerRow, "name" | "labels" | "state">>,
      now: number,
    ): Promise<RunnerRow | null> {
      const changed = orm
        .update(runners)
        .set(change)
        .where(and(eq(runners.id, id), alive))
        .returning();
      // Twice, for the name may change: then the old one is gone and the new one is there.
      const [, rows] = await orm.batch([told(id, now), changed, told(id, now)]);
      return rows[0] ?? null;
    },
    /** Revokes a runner; its name is free again. */
    async revoke(id: string, now: number): Promise<void> {
      const revoked = orm
        .update(runners)
        .set({ revokedAt: now, name: sql`${runners.id}` })
        .where(and(eq(runners.id, id), alive));
      await orm.batch([told(id, now), revoked]);
    },
    /** Ids of a project's ephemeral runners that were not seen since a time, at most 200. */
    async ephemeralUnseenSince(project: string, time: number): Promise<string[]> {
      const seenAt = sql`coalesce(${runners.lastSeenAt}, ${runners.createdAt})`;
      const rows = await orm
        .select({ id: runners.id })
        .from(runners)
        .where(
          and(eq(runners.project, project), eq(runners.ephemeral, true), alive, sql`${seenAt} < ${time}`),
        )
        .limit(200);
      return rows.map(({ id }) => id);
    },
    /** Writes the presence of many runners with one statement. */
    async savePresence(rows: readonly Presence[]): Promise<void> {
      if (rows.length === 0) return;
      await client.execute({
        sql: `UPDATE runners SET last_seen_at = j.value ->> '$.lastSeenAt', preparing = j.value ->> '$.preparing',
                capabilities = coalesce(j.value -> '$.capabilities', capabilities),
                metrics = coalesce(json_extract(j.value, '$.metrics'), metrics),
                facts = CASE WHEN facts IS NULL THEN NULL ELSE json_set(facts, '$.runtimes', j.value -> '$.runtimes') END
              FROM json_each(?) AS j WHERE runners.id = j.value ->> '$.id'`,
        args: [JSON.stringify(rows)],
      });
    },
  };
}

/** A runner's row as the hub knows it. */
export function recordOf(row: RunnerRow): RunnerRecord {
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    pool: row.pool,
    labels: row.labels,
    epoch: row.epoch,
    instanceId: row.instanceId,
    arch: row.facts?.arch ?? "",
    runtimes: row.facts?.runtimes ?? [],
    capabilities: row.capabilities,
    slots: row.slots,
    state: row.state,
    preparing: row.preparing,
  };
}
