import { aliases } from "@pulse/schema/tables";
import { type SQLWrapper, sql } from "drizzle-orm";
import type { Database } from "../../ports.ts";

/** An alias as it is moved. `ifCanary`: only while that is the id of its second version (null: while it has none). */
export type AliasMove = typeof aliases.$inferInsert & { ifCanary?: string | null };

/**
 * The statement that moves an alias, unless a later deploy moved it already. What stands alone where it is moved to keeps why it came there; a
 * split that ends where it began came back from its second version, and one that begins came from nowhere.
 */
export function moving({ orm }: Pick<Database, "orm">, { ifCanary, ...row }: AliasMove) {
  const canaryId = row.canaryId ?? null;
  const isSame = sql`${aliases.versionId} = ${row.versionId} AND ${aliases.canaryId} IS ${canaryId}`;
  const unless = (stays: SQLWrapper, comes: unknown) =>
    sql`CASE WHEN ${isSame} THEN ${stays} ELSE ${comes} END`;
  const numberOf = (id: SQLWrapper) => sql`(SELECT v.number FROM versions AS v WHERE v.id = ${id})`;
  const cameFrom = sql`CASE WHEN ${aliases.versionId} <> ${row.versionId} THEN ${numberOf(aliases.versionId)}
    WHEN ${aliases.canaryId} IS NOT NULL AND ${canaryId} IS NULL THEN ${numberOf(aliases.canaryId)} ELSE NULL END`;
  const isExpected = ifCanary === undefined ? sql`` : sql`AND ${aliases.canaryId} IS ${ifCanary}`;
  return orm
    .insert(aliases)
    .values(row)
    .onConflictDoUpdate({
      target: [aliases.functionId, aliases.name],
      set: {
        movedBy: unless(aliases.movedBy, row.movedBy ?? null),
        movedFrom: unless(aliases.movedFrom, cameFrom),
        reason: unless(aliases.reason, row.reason ?? null),
        ...{ versionId: row.versionId, movedAt: row.movedAt, canaryId, weight: row.weight ?? null },
        ...{ splitAt: row.splitAt ?? null, guard: row.guard ?? null },
        expiresAt: sql`coalesce(${row.expiresAt ?? null}, ${aliases.expiresAt})`,
      },
      setWhere: sql`${aliases.movedAt} <= ${row.movedAt} ${isExpected}`,
    })
    .returning({ name: aliases.name });
}
