import type { Database } from "../ports.ts";
import type { ContentVerdict, NamedContent } from "./due.ts";

/** Where a walk through the contents of all projects stands. */
export interface ContentPlace {
  project: string;
  sha256: string;
}

/** Something of the project `c.project` names the content `c.sha256`. */
const isNamed = `(EXISTS (SELECT 1 FROM versions AS v WHERE v.bundle_sha256 = c.sha256 AND v.project = c.project)
  OR EXISTS (SELECT 1 FROM versions AS v WHERE v.deps_sha256 = c.sha256 AND v.project = c.project)
  OR EXISTS (SELECT 1 FROM builds AS b WHERE b.content_sha256 = c.sha256 AND b.project = c.project))`;

/** The SQL of which stored content is still named, and of letting go of the rest. */
export function createContentsStore({ client }: Database) {
  return {
    /** The next contents after a place, in order of project and digest. */
    async walk(after: ContentPlace, limit: number): Promise<(NamedContent & { project: string })[]> {
      const { rows } = await client.execute({
        sql: `SELECT c.project, c.sha256, c.unnamed_since, ${isNamed} AS named FROM contents AS c
          WHERE (c.project, c.sha256) > (?, ?) ORDER BY c.project, c.sha256 LIMIT ?`,
        args: [after.project, after.sha256, limit],
      });
      return rows.map((row) => ({
        project: String(row.project),
        sha256: String(row.sha256),
        isNamed: row.named === 1,
        unnamedSince: row.unnamed_since === null ? null : Number(row.unnamed_since),
      }));
    },
    /** Writes what was judged of a project's contents. What was named or stored again meanwhile is not dropped. */
    async apply(project: string, { mark, unmark, drop }: ContentVerdict, now: number): Promise<void> {
      const these = "c.project = ? AND c.sha256 IN (SELECT value FROM json_each(?))";
      await client.batch(
        [
          {
            sql: `UPDATE contents AS c SET unnamed_since = ? WHERE ${these} AND c.unnamed_since IS NULL`,
            args: [now, project, JSON.stringify(mark)],
          },
          {
            sql: `UPDATE contents AS c SET unnamed_since = NULL WHERE ${these}`,
            args: [project, JSON.stringify(unmark)],
          },
          {
            sql: `DELETE FROM contents AS c WHERE ${these} AND c.unnamed_since IS NOT NULL AND NOT ${isNamed}`,
            args: [project, JSON.stringify(drop)],
          },
        ],
        "write",
      );
    },
    /** Deletes builds made before a time that no version uses, at most `limit`; returns how many. */
    async forgetBuilds(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `DELETE FROM builds WHERE rowid IN (SELECT b.rowid FROM builds AS b WHERE b.created_at < ?
          AND NOT EXISTS (SELECT 1 FROM versions AS v WHERE v.deps_sha256 = b.content_sha256 AND v.project = b.project) LIMIT ?)`,
        args: [before, limit],
      });
      return rowsAffected;
    },
    /** Those of these digests that no project has any more. */
    async nobodys(digests: readonly string[]): Promise<string[]> {
      const { rows } = await client.execute({
        sql: `SELECT j.value AS sha256 FROM json_each(?) AS j
          WHERE NOT EXISTS (SELECT 1 FROM contents WHERE sha256 = j.value)
          AND NOT EXISTS (SELECT 1 FROM versions WHERE bundle_sha256 = j.value)
          AND NOT EXISTS (SELECT 1 FROM versions WHERE deps_sha256 = j.value)
          AND NOT EXISTS (SELECT 1 FROM builds WHERE content_sha256 = j.value)`,
        args: [JSON.stringify(digests)],
      });
      return rows.map((row) => String(row.sha256));
    },
  };
}
