import { sourceSyncs, type sources, sources as sourcesTable } from "@pulse/schema/tables";
import { and, asc, desc, eq, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";

export type SourceRow = typeof sources.$inferSelect;
export type SyncRow = typeof sourceSyncs.$inferSelect;

/** Syncs of a source that are kept. */
const keptMost = 100;

/** The SQL of sources and their syncs: their only writer. */
export function createSourceStore({ orm, client }: Database) {
  const isNew = (error: unknown) => /UNIQUE constraint/i.test(`${error} ${(error as Error).cause ?? ""}`);
  return {
    /** False when the name is taken. */
    async insert(row: SourceRow): Promise<boolean> {
      const added = await orm.insert(sourcesTable).values(row).onConflictDoNothing().returning();
      return added.length > 0;
    },
    async list(project: string, after: string, limit: number): Promise<SourceRow[]> {
      return await orm
        .select()
        .from(sourcesTable)
        .where(and(eq(sourcesTable.project, project), gt(sourcesTable.name, after)))
        .orderBy(asc(sourcesTable.name))
        .limit(limit);
    },
    async byName(project: string, name: string): Promise<SourceRow | null> {
      const [row] = await orm
        .select()
        .from(sourcesTable)
        .where(and(eq(sourcesTable.project, project), eq(sourcesTable.name, name)));
      return row ?? null;
    },
    async byId(id: string): Promise<SourceRow | null> {
      const [row] = await orm.select().from(sourcesTable).where(eq(sourcesTable.id, id));
      return row ?? null;
    },
    async change(id: string, values: Partial<SourceRow>): Promise<SourceRow | null> {
      const [row] = await orm.update(sourcesTable).set(values).where(eq(sourcesTable.id, id)).returning();
      return row ?? null;
    },
    async remove(id: string): Promise<void> {
      await orm.batch([
        orm.delete(sourceSyncs).where(eq(sourceSyncs.sourceId, id)),
        orm.delete(sourcesTable).where(eq(sourcesTable.id, id)),
      ]);
    },

    /** Puts a sync in line, unless one of its source waits already: then that one, due at once. Null: the source is gone. */
    async enqueue(row: SyncRow): Promise<SyncRow | null> {
      const { id, project, sourceId, startedBy, createdAt } = row;
      const [, , read] = await client.batch(
        [
          {
            sql: `INSERT INTO source_syncs (id, project, source_id, status, started_by, created_at, next_at, tries)
                  SELECT ?, ?, id, 'waiting', ?, ?, ?, 0 FROM sources WHERE id = ? ON CONFLICT DO NOTHING`,
            args: [id, project, startedBy, createdAt, createdAt, sourceId],
          },
          {
            sql: "UPDATE source_syncs SET next_at = min(next_at, ?) WHERE source_id = ? AND status = 'waiting'",
            args: [createdAt, sourceId],
          },
          { sql: "SELECT id FROM source_syncs WHERE source_id = ? AND status = 'waiting'", args: [sourceId] },
        ],
        "write",
      );
      const found = read?.rows[0]?.id;
      return found === undefined ? null : await this.sync(sourceId, String(found));
    },
    async sync(sourceId: string, id: string): Promise<SyncRow | null> {
      const [row] = await orm
        .select()
        .from(sourceSyncs)
        .where(and(eq(sourceSyncs.sourceId, sourceId), eq(sourceSyncs.id, id)));
      return row ?? null;
    },
    /** Newest first, older than an id. */
    async syncs(sourceId: string, before: string | null, limit: number): Promise<SyncRow[]> {
      const older = before === null ? undefined : lt(sourceSyncs.id, before);
      return await orm
        .select()
        .from(sourceSyncs)
        .where(and(eq(sourceSyncs.sourceId, sourceId), older))
        .orderBy(desc(sourceSyncs.id))
        .limit(limit);
    },
    /** The newest sync of each of these. */
    async newest(sourceIds: readonly string[]): Promise<Map<string, SyncRow>> {
      if (sourceIds.length === 0) return new Map();
      const rows = await orm
        .select()
        .from(sourceSyncs)
        .where(
          and(
            inArray(sourceSyncs.sourceId, [...sourceIds]),
            sql`${sourceSyncs.id} = (SELECT max(s.id) FROM source_syncs AS s WHERE s.source_id = ${sourceSyncs.sourceId})`,
          ),
        );
      return new Map(rows.map((row) => [row.sourceId, row]));
    },
    /** Syncs that may be begun, or begun again since whoever ran them is gone. */
    async due(now: number, limit: number): Promise<SyncRow[]> {
      return await orm
        .select()
        .from(sourceSyncs)
        .where(and(inArray(sourceSyncs.status, ["waiting", "running"]), lte(sourceSyncs.nextAt, now)))
        .orderBy(asc(sourceSyncs.nextAt))
        .limit(limit);
    },
    /** When the next one is due, epoch milliseconds; null: none waits or runs. */
    async nextAt(): Promise<number | null> {
      const { rows } = await client.execute(
        "SELECT min(next_at) AS at FROM source_syncs WHERE status IN ('waiting', 'running')",
      );
      const at = rows[0]?.at;
      return at === null || at === undefined ? null : Number(at);
    },
    /** Takes a sync that is due until `until`; null: another one has it, or one of its source runs. */
    async claim({ id, tries }: SyncRow, now: number, until: number): Promise<SyncRow | null> {
      try {
        const [row] = await orm
          .update(sourceSyncs)
          .set({
            ...{ status: "running", nextAt: until, tries: tries + 1 },
            startedAt: sql`coalesce(${sourceSyncs.startedAt}, ${now})`,
          })
          .where(
            and(
              eq(sourceSyncs.id, id),
              eq(sourceSyncs.tries, tries),
              lte(sourceSyncs.nextAt, now),
              or(eq(sourceSyncs.status, "waiting"), eq(sourceSyncs.status, "running")),
            ),
          )
          .returning();
        return row ?? null;
      } catch (error) {
        if (isNew(error)) return null;
        throw error;
      }
    },
    /** Looks at a sync that waits while one of its source runs again later. */
    async defer({ id, tries }: SyncRow, until: number): Promise<void> {
      await orm
        .update(sourceSyncs)
        .set({ nextAt: until })
        .where(and(eq(sourceSyncs.id, id), eq(sourceSyncs.tries, tries), eq(sourceSyncs.status, "waiting")));
    },
    /** Writes about a sync for whoever has it; false: they have it no more, or it is gone. */
    async note({ id, tries }: SyncRow, values: Partial<SyncRow>): Promise<boolean> {
      const rows = await orm
        .update(sourceSyncs)
        .set(values)
        .where(and(eq(sourceSyncs.id, id), eq(sourceSyncs.tries, tries), eq(sourceSyncs.status, "running")))
        .returning({ id: sourceSyncs.id });
      return rows.length > 0;
    },
    /** Puts a sync back in line; false: another one of its source waits already. */
    async again(row: SyncRow, values: Partial<SyncRow>): Promise<boolean> {
      try {
        return await this.note(row, { ...values, status: "waiting" });
      } catch (error) {
        if (isNew(error)) return false;
        throw error;
      }
    },
    /** Makes what of a source waited for another one due at once. */
    async hurry(sourceId: string, now: number): Promise<void> {
      await orm
        .update(sourceSyncs)
        .set({ nextAt: now })
        .where(
          and(
            eq(sourceSyncs.sourceId, sourceId),
            eq(sourceSyncs.status, "waiting"),
            eq(sourceSyncs.tries, 0),
          ),
        );
    },
    /** Forgets the oldest syncs of a source. */
    async forgetOld(sourceId: string): Promise<void> {
      await client.execute({
        sql: `DELETE FROM source_syncs WHERE source_id = ? AND status IN ('succeeded', 'failed') AND id <=
              (SELECT id FROM source_syncs WHERE source_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        args: [sourceId, sourceId, keptMost],
      });
    },
  };
}
