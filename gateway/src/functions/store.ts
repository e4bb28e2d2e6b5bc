import { aliases, builds, contents, functions, versions } from "@pulse/schema/tables";
import { and, asc, desc, eq, gt, inArray, isNotNull, lt, or, sql } from "drizzle-orm";
import { alias as namedTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../ports.ts";
import { type AliasMove, moving } from "./aliases/moving.ts";

export type FunctionRow = typeof functions.$inferSelect;
export type VersionRow = typeof versions.$inferSelect;
export type AliasRow = typeof aliases.$inferSelect;

/** A function that agents are offered, with what its live version takes. */
export interface ExposedRow extends Pick<FunctionRow, "name" | "settings"> {
  schema: unknown;
}

/** A function with the number of each alias's version. */
export interface FunctionWithAliases {
  row: FunctionRow;
  aliases: Record<string, number>;
  runtime: VersionRow["runtime"];
}

/** A function that wants something ready ahead of calls, with what `live` stands for. */
export interface WarmRow {
  row: FunctionRow;
  version: VersionRow;
  canary: VersionRow | null;
  weight: number | null;
}

const second = namedTable(versions, "second");

/** All SQL of functions, versions, aliases and builds. */
export function createFunctionStore(database: Database) {
  const { orm, client } = database;
  const withAliases = async (row: FunctionRow): Promise<FunctionWithAliases> => {
    const [moved, newest] = await Promise.all([
      orm
        .select({ name: aliases.name, number: versions.number })
        .from(aliases)
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .where(eq(aliases.functionId, row.id)),
      orm
        .select({ runtime: versions.runtime })
        .from(versions)
        .where(eq(versions.functionId, row.id))
        .orderBy(desc(versions.number))
        .limit(1),
    ]);
    return {
      row,
      aliases: Object.fromEntries(moved.map(({ name, number }) => [name, number])),
      runtime: newest[0]?.runtime ?? "typescript",
    };
  };

  /** Tells those who follow that a function changed, one of its aliases or a version. What belongs to a draft is nobody's to follow. */
  const told = (id: string, now: number) =>
    orm.run(sql`INSERT INTO events (project, topic, subject, at) SELECT ${functions.project}, 'functions', ${functions.name}, ${now}
      FROM ${functions} WHERE ${functions.id} = ${id}`);

  return {
    async byName(project: string, name: string): Promise<FunctionRow | null> {
      const which = and(eq(functions.project, project), eq(functions.name, name));
      return (await orm.select().from(functions).where(which).limit(1))[0] ?? null;
    },
    /** The functions of these names. */
    async named(project: string, names: readonly string[]): Promise<FunctionWithAliases[]> {
      const which = and(eq(functions.project, project), inArray(functions.name, [...names]));
      return Promise.all((await orm.select().from(functions).where(which)).map(withAliases));
    },
    withAliases,
    async list(project: string, after: string | null, limit: number): Promise<FunctionWithAliases[]> {
      const which = and(
        eq(functions.project, project),
        after === null ? undefined : gt(functions.name, after),
      );
      const rows = await orm.select().from(functions).where(which).orderBy(asc(functions.name)).limit(limit);
      return Promise.all(rows.map(withAliases));
    },
    /** Inserts a function; one of that name may have been made meanwhile, then that one stands. */
    async insert(row: FunctionRow): Promise<void> {
      await orm.batch([orm.insert(functions).values(row).onConflictDoNothing(), told(row.id, row.createdAt)]);
    },
    async saveSettings(id: string, settings: FunctionRow["settings"], now: number): Promise<void> {
      const saved = orm.update(functions).set({ settings, updatedAt: now }).where(eq(functions.id, id));
      await orm.batch([saved, told(id, now)]);
    },
    async remove(id: string, now: number): Promise<void> {
      await orm.batch([
        told(id, now),
        orm.run(
          sql`DELETE FROM drafts WHERE (project, name) IN (SELECT project, name FROM functions WHERE id = ${id})`,
        ),
        orm.run(
          sql`DELETE FROM saved_inputs WHERE (project, function_name) IN (SELECT project, name FROM functions WHERE id = ${id})`,
        ),
        orm.delete(aliases).where(eq(aliases.functionId, id)),
        orm.delete(versions).where(eq(versions.functionId, id)),
        orm.delete(functions).where(eq(functions.id, id)),
      ]);
    },
    async versionByNumber(functionId: string, number: number): Promise<VersionRow | null> {
      const which = and(eq(versions.functionId, functionId), eq(versions.number, number));
      return (await orm.select().from(versions).where(which).limit(1))[0] ?? null;
    },
    async versionById(id: string): Promise<VersionRow | null> {
      return (await orm.select().from(versions).where(eq(versions.id, id)).limit(1))[0] ?? null;
    },
    async versionByAlias(functionId: string, alias: string): Promise<VersionRow | null> {
      const rows = await orm
        .select({ version: versions })
        .from(aliases)
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .where(and(eq(aliases.functionId, functionId), eq(aliases.name, alias)))
        .limit(1);
      return rows[0]?.version ?? null;
    },
    /** Every alias of a function, by name. */
    async aliasesOf(functionId: string): Promise<AliasRow[]> {
      const which = eq(aliases.functionId, functionId);
      return orm.select().from(aliases).where(which).orderBy(asc(aliases.name));
    },
    async versionByBuild(execution: string): Promise<VersionRow | null> {
      return (
        (await orm.select().from(versions).where(eq(versions.buildExecution, execution)).limit(1))[0] ?? null
      );
    },
    /** The newest version with this content that has not failed. */
    async versionByContent(functionId: string, contentSha256: string): Promise<VersionRow | null> {
      const which = and(
        eq(versions.functionId, functionId),
        eq(versions.contentSha256, contentSha256),
        sql`${versions.status} <> 'failed'`,
      );
      return (
        (await orm.select().from(versions).where(which).orderBy(desc(versions.number)).limit(1))[0] ?? null
      );
    },
    async versions(functionId: string, below: number | null, limit: number): Promise<VersionRow[]> {
      const which = and(
        eq(versions.functionId, functionId),
        below === null ? undefined : lt(versions.number, below),
      );
      return orm.select().from(versions).where(which).orderBy(desc(versions.number)).limit(limit);
    },
    /** Inserts a version under the function's next number, which it returns. */
    async insertVersion(row: Omit<VersionRow, "number">, now: number): Promise<number> {
      const content = {
        project: row.project,
        sha256: row.bundleSha256,
        bytes: row.bundleBytes,
        createdAt: now,
      };
      const next = sql<number>`(SELECT latest FROM functions WHERE id = ${row.functionId})`;
      const [numbered] = await orm.batch([
        orm
          .update(functions)
          .set({ latest: sql`${functions.latest} + 1`, updatedAt: now })
          .where(eq(functions.id, row.functionId))
          .returning({ latest: functions.latest }),
        orm.insert(versions).values({ ...row, number: next as never }),
        orm
          .insert(contents)
          .values(content)
          .onConflictDoUpdate({ target: [contents.project, contents.sha256], set: { unnamedSince: null } }),
        told(row.functionId, now),
      ]);
      return Number(numbered[0]?.latest);
    },
    /** Moves an alias unless something newer moved it; true when it moved. */
    async moveAlias(row: AliasMove): Promise<boolean> {
      const [moved] = await orm.batch([moving(database, row), told(row.functionId, row.movedAt)]);
      return moved.length > 0;
    },
    async removeAlias(functionId: string, name: string, now: number): Promise<boolean> {
      const which = and(eq(aliases.functionId, functionId), eq(aliases.name, name));
      const removed = orm.delete(aliases).where(which).returning({ name: aliases.name });
      return (await orm.batch([removed, told(functionId, now)]))[0].length > 0;
    },
    /** Ends a version's building, and in the same commit notes what was built and moves its alias: no caller sees one without the others. */
    async endBuilding(
      { id, functionId }: Pick<VersionRow, "id" | "functionId">,
      end: Partial<VersionRow> & Pick<VersionRow, "status">,
      now: number,
      also: { build?: typeof builds.$inferInsert; alias?: typeof aliases.$inferInsert } = {},
    ): Promise<void> {
      const which = and(eq(versions.id, id), eq(versions.status, "building"));
      await orm.batch([
        orm.update(versions).set(end).where(which),
        ...(also.build === undefined ? [] : [orm.insert(builds).values(also.build).onConflictDoNothing()]),
        ...(also.alias === undefined ? [] : [moving(database, also.alias)]),
        told(functionId, now),
      ]);
    },
    /** Functions of a project that want something ready ahead of calls, sandboxes (`minWarm`) or a custom image, each with its live version, or both of a split; at most 1,000, those with sandboxes first. */
    async warm(project: string): Promise<WarmRow[]> {
      const minWarm = sql<number>`coalesce(json_extract(${functions.settings}, '$.minWarm'), 0)`;
      return orm
        .select({ row: functions, version: versions, canary: second, weight: aliases.weight })
        .from(functions)
        .innerJoin(aliases, and(eq(aliases.functionId, functions.id), eq(aliases.name, "live")))
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .leftJoin(second, eq(second.id, aliases.canaryId))
        .where(
          and(
            eq(functions.project, project),
            eq(versions.status, "ready"),
            or(sql`${minWarm} > 0`, isNotNull(versions.image)),
          ),
        )
        .orderBy(desc(minWarm), asc(functions.name))
        .limit(1000);
    },
    /** Functions that agents are offered (`mcp`) and whose live version says what it takes, by name. */
    async exposed(
      project: string,
      { name, after = "", limit = 1 }: { name?: string; after?: string; limit?: number },
    ): Promise<ExposedRow[]> {
      const here = and(
        eq(functions.project, project),
        sql`json_extract(${functions.settings}, '$.mcp') IS NOT NULL`,
      );
      return orm
        .select({ name: functions.name, settings: functions.settings, schema: versions.schema })
        .from(functions)
        .innerJoin(aliases, and(eq(aliases.functionId, functions.id), eq(aliases.name, "live")))
        .innerJoin(versions, eq(versions.id, aliases.versionId))
        .where(
          and(
            here,
            isNotNull(versions.schema),
            name === undefined ? gt(functions.name, after) : eq(functions.name, name),
          ),
        )
        .orderBy(asc(functions.name))
        .limit(limit);
    },
    /** Versions that are still `building` though their build execution has ended. */
    async buildsToFinish(): Promise<string[]> {
      const { rows } = await client.execute(
        `SELECT v.build_execution AS id FROM versions AS v JOIN executions AS e ON e.id = v.build_execution
         WHERE v.status = 'building' AND e.ended_at IS NOT NULL LIMIT 100`,
      );
      return rows.map((row) => String(row.id));
    },
    /** Whether the execution of a build is on disk. */
    async isBuildKnown(execution: string): Promise<boolean> {
      const { rows } = await client.execute({
        sql: "SELECT 1 FROM executions WHERE id = ?",
        args: [execution],
      });
      return rows.length > 0;
    },
    /** How a build execution ended: its status, what it built (JSON text) and its error (JSON text). */
    async buildEnd(
      execution: string,
    ): Promise<{ status: string; built: string | null; error: string | null } | null> {
      const { rows } = await client.execute({
        sql: "SELECT status, response_body, error FROM executions WHERE id = ? AND ended_at IS NOT NULL",
        args: [execution],
      });
      const row = rows[0];
      if (row === undefined) return null;
      const text = (value: unknown) => (value === null ? null : String(value));
      return { status: String(row.status), built: text(row.response_body), error: text(row.error) };
    },
    /** The log chunks of a build, gzip NDJSON, in order. */
    async buildLog(execution: string): Promise<Uint8Array[]> {
      const { rows } = await client.execute({
        sql: "SELECT data FROM log_chunks WHERE execution_id = ? ORDER BY fence, first_seq",
        args: [execution],
      });
      return rows.map((row) => new Uint8Array(row.data as ArrayBuffer));
    },
  };
}

export type FunctionStore = ReturnType<typeof createFunctionStore>;
