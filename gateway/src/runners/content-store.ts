import type { Database } from "../ports.ts";

/** The SQL of which project may read which stored content, as far as runners need it. */
export function createContentStore({ client }: Database) {
  return {
    /** Whether something of this project (a deploy, a version, a build, an upload) names this content, and the runner that asks stands. */
    async isNamed(project: string, sha256: string, runner: string): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `SELECT EXISTS (SELECT 1 FROM runners WHERE id = ? AND revoked_at IS NULL)
              AND (EXISTS (SELECT 1 FROM contents WHERE project = ? AND sha256 = ?)
                OR EXISTS (SELECT 1 FROM versions WHERE bundle_sha256 = ? AND project = ?)
                OR EXISTS (SELECT 1 FROM versions WHERE deps_sha256 = ? AND project = ?)
                OR EXISTS (SELECT 1 FROM builds WHERE content_sha256 = ? AND project = ?)) AS named`,
        args: [runner, project, sha256, sha256, project, sha256, project, sha256, project],
      });
      return rows[0]?.named === 1;
    },
    /** What a build of this project made under a key, the runner that asks standing; null when none did. */
    async built(project: string, buildKey: string, runner: string): Promise<string | null> {
      const { rows } = await client.execute({
        sql: `SELECT content_sha256 AS sha256 FROM builds WHERE project = ? AND build_key = ?
              AND EXISTS (SELECT 1 FROM runners WHERE id = ? AND revoked_at IS NULL)`,
        args: [project, buildKey, runner],
      });
      return rows[0] === undefined ? null : String(rows[0].sha256);
    },
    /** Lets a project read content that one of its runners stored. */
    async add(project: string, sha256: string, bytes: number, now: number): Promise<void> {
      await client.execute({
        sql: "INSERT INTO contents (project, sha256, bytes, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET unnamed_since = NULL",
        args: [project, sha256, bytes, now],
      });
    },
  };
}
