import { contents, drafts, functions, versions } from "@pulse/schema/tables";
import { and, asc, desc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import type { NewVersion } from "../pack.ts";
import type { VersionRow } from "../store.ts";

export type DraftRow = typeof drafts.$inferSelect;

/** A draft as lists show it. */
export type DraftHead = Omit<DraftRow, "files" | "settings"> & { exists: boolean };

/** All SQL of drafts, and of the versions that their runs make. */
export function createDraftStore({ orm, client }: Database) {
  const named = (project: string, name: string) => and(eq(drafts.project, project), eq(drafts.name, name));
  return {
    async byName(project: string, name: string): Promise<DraftRow | null> {
      return (await orm.select().from(drafts).where(named(project, name)).limit(1))[0] ?? null;
    },
    /** Drafts by name, and whether a function of that name exists. */
    async list(project: string, after: string | null, limit: number): Promise<DraftHead[]> {
      const { files: _files, settings: _settings, ...head } = drafts;
      const rows = await orm
        .select({
          project: head.project,
          name: head.name,
          ownerId: head.ownerId,
          revision: head.revision,
          runtime: head.runtime,
          entry: head.entry,
          updatedAt: head.updatedAt,
          functionId: functions.id,
        })
        .from(drafts)
        .leftJoin(functions, and(eq(functions.project, drafts.project), eq(functions.name, drafts.name)))
        .where(and(eq(drafts.project, project), after === null ? undefined : gt(drafts.name, after)))
        .orderBy(asc(drafts.name))
        .limit(limit);
      return rows.map(({ functionId, ...row }) => ({ ...row, exists: functionId !== null }));
    },
    /** Inserts a draft; false when there is one of that name. */
    async insert(row: DraftRow): Promise<boolean> {
      const made = await orm
        .insert(drafts)
        .values(row)
        .onConflictDoNothing()
        .returning({ name: drafts.name });
      return made.length > 0;
    },
    /** Writes over a revision; false when another one stands. */
    async replace(row: DraftRow, revision: number): Promise<boolean> {
      const which = and(named(row.project, row.name), eq(drafts.revision, revision));
      return (await orm.update(drafts).set(row).where(which).returning({ name: drafts.name })).length > 0;
    },
    /** Removes a draft as it was read; false when another revision stands. */
    async remove({ project, name, revision }: DraftRow): Promise<boolean> {
      const which = and(named(project, name), eq(drafts.revision, revision));
      return (await orm.delete(drafts).where(which).returning({ name: drafts.name })).length > 0;
    },
    /** The newest version with this content that a run of the draft made; one whose build failed before `failedSince` is none. */
    async versionByContent(
      ownerId: string,
      contentSha256: string,
      failedSince: number,
    ): Promise<VersionRow | null> {
      const which = and(
        eq(versions.functionId, ownerId),
        eq(versions.contentSha256, contentSha256),
        sql`(${versions.status} <> 'failed' OR EXISTS (
          SELECT 1 FROM executions AS e WHERE e.id = ${versions.buildExecution} AND e.ended_at >= ${failedSince}))`,
      );
      const [row] = await orm.select().from(versions).where(which).orderBy(desc(versions.number)).limit(1);
      return row ?? null;
    },
    /** Inserts a version of a draft. No function has the owner's id, so nobody lists it. */
    async insertVersion(row: NewVersion): Promise<void> {
      const { project, functionId, bundleSha256: sha256, bundleBytes: bytes, createdAt } = row;
      const next = sql<number>`(SELECT coalesce(max(number), 0) + 1 FROM versions WHERE function_id = ${functionId})`;
      await orm.batch([
        orm.insert(versions).values({ ...row, number: next as never }),
        orm
          .insert(contents)
          .values({ project, sha256, bytes, createdAt })
          .onConflictDoUpdate({ target: [contents.project, contents.sha256], set: { unnamedSince: null } }),
      ]);
    },
    /** Deletes versions that runs of drafts made before this time, at most `limit`; returns how many. */
    async forgetVersions(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM versions WHERE id IN (
          SELECT id FROM versions WHERE function_id >= 'drf_' AND function_id < 'drf\`' AND created_at < ? LIMIT ?)`,
        args: [before, limit],
      });
      return rowsAffected;
    },
  };
}
