import { aliases, functions, type SplitGuard, versions } from "@pulse/schema/tables";
import type { SplitCalls } from "@pulse/schema/wire/function-aliases";
import { and, asc, eq, gt, isNotNull, or, sql } from "drizzle-orm";
import { alias as namedTable } from "drizzle-orm/sqlite-core";
import type { NewEntry } from "../../audit/store.ts";
import type { Database } from "../../ports.ts";

export type AliasRow = typeof aliases.$inferSelect;
type VersionRow = typeof versions.$inferSelect;

/** What an alias stands for: one version, or two of which the second gets `weight` percent of the calls. */
export interface Pointed {
  version: VersionRow;
  canary: VersionRow | null;
  weight: number | null;
  /** When the split ends by itself; null: never. */
  guard: SplitGuard | null;
}

/** An alias that is split, with what is to be known of its calls. */
export interface Split {
  project: string;
  functionId: string;
  name: string;
  alias: string;
  canaryId: string;
  splitAt: number;
  guard: SplitGuard;
  first: number;
  second: number;
}

/** An alias whose time is over, with the numbers of its versions. */
export interface Expired {
  project: string;
  functionId: string;
  name: string;
  alias: string;
  /** Epoch milliseconds. */
  expiresAt: number;
  first: number;
  second: number | null;
}

/** An alias with the numbers of its versions. */
export interface NumberedAlias {
  row: AliasRow;
  first: number;
  second: number | null;
}

const second = namedTable(versions, "second");
/** The newest ended calls of a version that one count looks at. */
const countedMost = 5000;
const splitsAtOnce = 500;
/** How many aliases one look for those whose time is over finds. */
export const expiredAtOnce = 200;

// What says nothing of the code, such as a lost runner or a cancellation, is no call here.
const codeReasons =
  "('function_error', 'init_error', 'timed_out', 'out_of_memory', 'crashed', 'bad_response', 'poison')";
const isFailure = `(coalesce(reason, '') IN ${codeReasons} OR (status = 'succeeded' AND http_status >= 500))`;
const saysSomething = `(status = 'succeeded' OR coalesce(reason, '') IN ${codeReasons})`;

/** The SQL of aliases, of what they stand for, and of how the calls of a split went. */
export function createAliasStore({ orm, client }: Database) {
  return {
    /** What an alias stands for, in one statement; null: there is no such alias. */
    async pointed(functionId: string, alias: string): Promise<Pointed | null> {
      const [row] = await orm
        .select({ version: versions, canary: second, weight: aliases.weight, guard: aliases.guard })
        .from(aliases)
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .leftJoin(second, eq(second.id, aliases.canaryId))
        .where(and(eq(aliases.functionId, functionId), eq(aliases.name, alias)))
        .limit(1);
      return row ?? null;
    },
    /** Every alias of a function, by name. */
    async numbered(functionId: string): Promise<NumberedAlias[]> {
      return orm
        .select({ row: aliases, first: versions.number, second: second.number })
        .from(aliases)
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .leftJoin(second, eq(second.id, aliases.canaryId))
        .where(eq(aliases.functionId, functionId))
        .orderBy(asc(aliases.name));
    },
    /** Splits that end by themselves when their second version fails too often, by function and name: 500 at most, those after another one. */
    async guarded(after: Pick<Split, "functionId" | "alias"> | null = null): Promise<Split[]> {
      const rows = await orm
        .select({ row: aliases, name: functions.name, first: versions.number, second: second.number })
        .from(aliases)
        .innerJoin(functions, eq(functions.id, aliases.functionId))
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .innerJoin(second, eq(second.id, aliases.canaryId))
        .where(
          and(
            ...[isNotNull(aliases.canaryId), isNotNull(aliases.guard)],
            after === null
              ? undefined
              : or(
                  gt(aliases.functionId, after.functionId),
                  and(eq(aliases.functionId, after.functionId), gt(aliases.name, after.alias)),
                ),
          ),
        )
        .orderBy(asc(aliases.functionId), asc(aliases.name))
        .limit(splitsAtOnce);
      return rows.flatMap(({ row, name, ...numbers }) => {
        const { project, functionId, canaryId, splitAt, guard } = row;
        if (canaryId === null || splitAt === null || guard === null) return [];
        return [{ project, functionId, name, alias: row.name, canaryId, splitAt, guard, ...numbers }];
      });
    },
    /**
     * How the calls of some versions went that were made since the split (`splitAt`) and ended since `from` (epoch ms), of each the newest 5,000; by id of the version.
     * A failure is what its code did: it threw, ran out of time or memory, crashed, or answered 5xx.
     */
    async calls(
      versionIds: readonly string[],
      { from, splitAt }: { from: number; splitAt: number },
    ): Promise<Map<string, SplitCalls>> {
      const counts = await client.batch(
        versionIds.map((id) => ({
          sql: `SELECT count(*) AS ended, coalesce(sum(${isFailure}), 0) AS failed FROM (
              SELECT status, reason, http_status FROM executions INDEXED BY executions_ended
              WHERE version_id = ? AND ended_at >= ? AND created_at >= ? AND kind = 'function' AND ${saysSomething}
              ORDER BY ended_at DESC LIMIT ?)`,
          args: [id, from, splitAt, countedMost],
        })),
        "read",
      );
      return new Map(
        counts.map(({ rows: [row] }, at) => [
          versionIds[at] ?? "",
          { ended: Number(row?.ended), failed: Number(row?.failed) },
        ]),
      );
    },
    /** Has a split end where it began, with its reason and the entry of the audit in the same commit; false: it is not the one that stands any more. */
    async rollBack(
      { functionId, alias, canaryId, splitAt, second: number }: Split,
      now: number,
      { by, reason, entry, id }: { by: string; reason: string; entry: NewEntry; id: string },
    ): Promise<boolean> {
      const stands = "function_id = ? AND name = ? AND canary_id = ? AND split_at = ?";
      const which = [functionId, alias, canaryId, splitAt];
      const results = await client.batch(
        [
          {
            sql: `INSERT INTO audit_pending (id, project, at, done, entry)
              SELECT ?, project, ?, 1, ? FROM aliases WHERE ${stands}`,
            args: [id, now, JSON.stringify(entry), ...which],
          },
          {
            sql: `INSERT INTO events (project, topic, subject, at) SELECT f.project, 'functions', f.name, ? FROM aliases AS a
              JOIN functions AS f ON f.id = a.function_id WHERE a.function_id = ? AND a.name = ? AND a.canary_id = ? AND a.split_at = ?`,
            args: [now, ...which],
          },
          {
            sql: `UPDATE aliases SET canary_id = NULL, weight = NULL, split_at = NULL, guard = NULL,
              moved_at = max(moved_at, ?), moved_by = ?, moved_from = ?, reason = ? WHERE ${stands}`,
            args: [now, by, number, reason, ...which],
          },
        ],
        "write",
      );
      return (results.at(-1)?.rowsAffected ?? 0) > 0;
    },
    /** Aliases whose time is over, 200 at most, with what they stand for. */
    async expired(now: number): Promise<Expired[]> {
      const rows = await orm
        .select({ row: aliases, name: functions.name, first: versions.number, second: second.number })
        .from(aliases)
        .innerJoin(functions, eq(functions.id, aliases.functionId))
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .leftJoin(second, eq(second.id, aliases.canaryId))
        .where(sql`${aliases.expiresAt} <= ${now}`)
        .limit(expiredAtOnce);
      return rows.map(({ row: { name: alias, project, functionId, expiresAt }, ...rest }) => ({
        ...{ ...rest, project, functionId, alias, expiresAt: expiresAt ?? 0 },
      }));
    },
    /** Removes an alias whose time is over, with the entry of the audit in the same commit; one that was moved meanwhile lasts longer, and nothing is written. */
    async removeExpired(
      { functionId, alias, expiresAt }: Expired,
      now: number,
      { entry, id }: { entry: NewEntry; id: string },
    ): Promise<void> {
      const stands = "a.function_id = ? AND a.name = ? AND a.expires_at = ?";
      const which = [functionId, alias, expiresAt];
      await client.batch(
        [
          {
            sql: `INSERT INTO audit_pending (id, project, at, done, entry)
              SELECT ?, a.project, ?, 1, ? FROM aliases AS a WHERE ${stands}`,
            args: [id, now, JSON.stringify(entry), ...which],
          },
          {
            sql: `INSERT INTO events (project, topic, subject, at) SELECT f.project, 'functions', f.name, ? FROM aliases AS a
              JOIN functions AS f ON f.id = a.function_id WHERE ${stands}`,
            args: [now, ...which],
          },
          { sql: `DELETE FROM aliases AS a WHERE ${stands}`, args: which },
        ],
        "write",
      );
    },
  };
}
