import type { InValue } from "@libsql/client";
import type { Database } from "../ports.ts";
import type { Envelope, Place } from "./envelope.ts";

/** Whose sealed values: people's, or the gateway's own. */
export type SecretKind =
  | "user"
  | "callbacks"
  | "totp"
  | "webhook"
  | "channel"
  | "source"
  | "bundle"
  | "tokens";

/** A sealed value with its place. */
export type SealedRow = Envelope & Place & { updatedAt: number };

const columns = "project, kind, name, version, key_id, wrapped_key, sealed, updated_at";

/** The SQL of sealed values: their only writer. */
export function createSecretStore({ client }: Database) {
  const rowsOf = async (sql: string, args: InValue[]) => (await client.execute({ sql, args })).rows;
  return {
    /** The version that is there, deleted or not; 0: there was never one. */
    async version(project: string, kind: SecretKind, name: string): Promise<number> {
      const sql = "SELECT version FROM secrets WHERE project = ? AND kind = ? AND name = ?";
      return Number((await rowsOf(sql, [project, kind, name]))[0]?.version ?? 0);
    },
    /** Writes the version after the one that is there; false when somebody else did meanwhile. */
    async put({ project, kind, name, version, ...rest }: SealedRow): Promise<boolean> {
      const { keyId, wrappedKey, sealed, updatedAt } = rest;
      const { rowsAffected } = await client.execute({
        sql: `INSERT INTO secrets (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (project, kind, name) DO UPDATE SET version = excluded.version, key_id = excluded.key_id,
            wrapped_key = excluded.wrapped_key, sealed = excluded.sealed, updated_at = excluded.updated_at
          WHERE secrets.version = excluded.version - 1`,
        args: [project, kind, name, version, keyId, wrappedKey, sealed, updatedAt],
      });
      return rowsAffected > 0;
    },
    /** Forgets the value; false when there is none. */
    async remove(project: string, kind: SecretKind, name: string, now: number): Promise<boolean> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE secrets SET wrapped_key = NULL, sealed = NULL, updated_at = ?
          WHERE project = ? AND kind = ? AND name = ? AND sealed IS NOT NULL`,
        args: [now, project, kind, name],
      });
      return rowsAffected > 0;
    },
    /** Names, versions and times of a project's own secrets, after a name. */
    async list(project: string, after: string | null, limit: number) {
      const rows = await rowsOf(
        `SELECT name, version, updated_at FROM secrets
         WHERE project = ? AND kind = 'user' AND sealed IS NOT NULL AND name > ? ORDER BY name LIMIT ?`,
        [project, after ?? "", limit],
      );
      return rows.map((row) => ({
        name: String(row.name),
        version: Number(row.version),
        updatedAt: Number(row.updated_at),
      }));
    },
    /** Versions of these secrets of a project, as far as they are set. */
    async versions(project: string, names: readonly string[]): Promise<Map<string, number>> {
      const rows = await rowsOf(
        `SELECT name, version FROM secrets WHERE project = ? AND kind = 'user' AND sealed IS NOT NULL
         AND name IN (SELECT value FROM json_each(?))`,
        [project, JSON.stringify(names)],
      );
      return new Map(rows.map((row) => [String(row.name), Number(row.version)]));
    },
    /** The sealed values of these names, as far as they are set. */
    async sealed(project: string, kind: SecretKind, names: readonly string[]): Promise<SealedRow[]> {
      const rows = await rowsOf(
        `SELECT ${columns} FROM secrets WHERE project = ? AND kind = ? AND sealed IS NOT NULL
         AND name IN (SELECT value FROM json_each(?))`,
        [project, kind, JSON.stringify(names)],
      );
      return rows.map(sealedRow);
    },
    /** Sealed values whose data key is wrapped under another key than this one. */
    async notUnder(keyId: string, limit: number): Promise<SealedRow[]> {
      const sql = `SELECT ${columns} FROM secrets WHERE key_id <> ? AND sealed IS NOT NULL LIMIT ?`;
      return (await rowsOf(sql, [keyId, limit])).map(sealedRow);
    },
    /** Writes a data key that was wrapped anew, unless its value was replaced meanwhile. */
    async rewrapped(row: SealedRow, keyId: string, wrappedKey: Uint8Array): Promise<void> {
      await client.execute({
        sql: `UPDATE secrets SET key_id = ?, wrapped_key = ?
          WHERE project = ? AND kind = ? AND name = ? AND version = ? AND key_id = ? AND sealed IS NOT NULL`,
        args: [keyId, wrappedKey, row.project, row.kind, row.name, row.version, row.keyId],
      });
    },
    /** The keys without which the gateway must not start, with how many values each seals: not for what signs archives of the runner, without which all else goes on, nor for what the gateway makes anew. */
    async neededKeys(): Promise<Map<string, number>> {
      const sql =
        "SELECT key_id, count(*) AS count FROM secrets WHERE sealed IS NOT NULL AND kind NOT IN ('bundle', 'tokens') GROUP BY key_id";
      return new Map((await rowsOf(sql, [])).map((row) => [String(row.key_id), Number(row.count)]));
    },
    /** How many values are sealed under each key. */
    async countByKey(): Promise<Map<string, number>> {
      const sql = "SELECT key_id, count(*) AS count FROM secrets WHERE sealed IS NOT NULL GROUP BY key_id";
      return new Map((await rowsOf(sql, [])).map((row) => [String(row.key_id), Number(row.count)]));
    },
    /** The key that seals, as the gateways of this database agreed; the one given becomes it where there is none. */
    async agreedKey(keyId: string): Promise<string> {
      await rowsOf("INSERT INTO facts (name, value) VALUES ('master key', ?) ON CONFLICT DO NOTHING", [
        keyId,
      ]);
      return String(
        (await rowsOf("SELECT value FROM facts WHERE name = 'master key'", []))[0]?.value ?? keyId,
      );
    },
    async agreeOn(keyId: string): Promise<void> {
      await rowsOf("UPDATE facts SET value = ? WHERE name = 'master key'", [keyId]);
    },
  };
}

/** A row, as written by this file's own statements. */
function sealedRow(row: Record<string, unknown>): SealedRow {
  return {
    project: String(row.project),
    kind: String(row.kind),
    name: String(row.name),
    version: Number(row.version),
    keyId: String(row.key_id),
    wrappedKey: bytesOf(row.wrapped_key),
    sealed: bytesOf(row.sealed),
    updatedAt: Number(row.updated_at),
  };
}

/** A blob column; anything else is empty, which opens as nothing. */
function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array();
}
