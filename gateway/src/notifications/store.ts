import { channelMemories, channelMessages, channelRules, channels } from "@pulse/schema/tables";
import { and, asc, count, eq, gt, inArray, or, type SQL, sql } from "drizzle-orm";
import { telling } from "../events/telling.ts";
import type { Database } from "../ports.ts";

export type ChannelRow = typeof channels.$inferSelect;
export type RuleRow = typeof channelRules.$inferSelect;

/** What became of a row that was to be added: there may be one of its name already, or as many as a project may have. */
export type Added = "added" | "taken" | "full";

/** Channels of a project, and rules of all its channels together: each event is held against each of these. */
export const channelsMost = 100;
export const rulesMost = 100;

/** The SQL of channels and of their rules. */
export function createChannelStore({ orm }: Database) {
  const told = (which: SQL, at: number) => telling({ orm }, "channels", channels, which, at);
  const toldOf = (id: string, at: number) => told(eq(channels.id, id), at);
  /** A rule is told of as a change of its channel. */
  const toldOfRule = (id: string, at: number) =>
    told(sql`${channels.id} IN (SELECT channel_id FROM channel_rules WHERE id = ${id})`, at);
  return {
    async byId(id: string): Promise<ChannelRow | null> {
      const [row] = await orm.select().from(channels).where(eq(channels.id, id));
      return row ?? null;
    },
    /** One of a project by its id or its name. */
    async find(project: string, which: string): Promise<ChannelRow | null> {
      const named = or(eq(channels.id, which), eq(channels.name, which));
      const rows = await orm
        .select()
        .from(channels)
        .where(and(eq(channels.project, project), named));
      return rows.find(({ id }) => id === which) ?? rows[0] ?? null;
    },
    /** Those of these that are there. */
    async some(project: string, ids: readonly string[]): Promise<ChannelRow[]> {
      return await orm
        .select()
        .from(channels)
        .where(and(eq(channels.project, project), inArray(channels.id, [...ids])));
    },
    async list(project: string, after: string | null, limit: number): Promise<ChannelRow[]> {
      const mine = and(eq(channels.project, project), gt(channels.name, after ?? ""));
      return await orm.select().from(channels).where(mine).orderBy(asc(channels.name)).limit(limit);
    },
    async insert(row: typeof channels.$inferInsert): Promise<Added> {
      const [added, [all]] = await orm.batch([
        orm.insert(channels).values(row).onConflictDoNothing().returning({ id: channels.id }),
        orm.select({ n: count() }).from(channels).where(eq(channels.project, row.project)),
        toldOf(row.id, row.createdAt),
      ]);
      if (added.length === 0) return "taken";
      if ((all?.n ?? 0) <= channelsMost) return "added";
      // Of two that come for the last place at once neither may get it, but never both.
      await orm.delete(channels).where(eq(channels.id, row.id));
      return "full";
    },
    async change(
      id: string,
      values: Partial<typeof channels.$inferInsert>,
      now: number,
    ): Promise<ChannelRow | null> {
      const changed = orm.update(channels).set(values).where(eq(channels.id, id)).returning();
      const [[row]] = await orm.batch([changed, toldOf(id, now)]);
      return row ?? null;
    },
    async remove(id: string, now: number): Promise<void> {
      const rules = sql`(SELECT id FROM channel_rules WHERE channel_id = ${id})`;
      await orm.batch([
        orm.delete(channelMemories).where(sql`${channelMemories.ruleId} IN ${rules}`),
        orm.delete(channelRules).where(eq(channelRules.channelId, id)),
        orm.delete(channelMessages).where(eq(channelMessages.channelId, id)),
        toldOf(id, now),
        orm.delete(channels).where(eq(channels.id, id)),
      ]);
    },

    async rules(channelId: string): Promise<RuleRow[]> {
      const mine = eq(channelRules.channelId, channelId);
      return await orm.select().from(channelRules).where(mine).orderBy(asc(channelRules.name));
    },
    async ruleById(id: string): Promise<RuleRow | null> {
      const [row] = await orm.select().from(channelRules).where(eq(channelRules.id, id));
      return row ?? null;
    },
    /** One of a channel by its id or its name. */
    async findRule(channelId: string, which: string): Promise<RuleRow | null> {
      const rows = await this.rules(channelId);
      return rows.find(({ id }) => id === which) ?? rows.find(({ name }) => name === which) ?? null;
    },
    async insertRule(row: typeof channelRules.$inferInsert): Promise<Added> {
      const [added, [all]] = await orm.batch([
        orm.insert(channelRules).values(row).onConflictDoNothing().returning({ id: channelRules.id }),
        orm.select({ n: count() }).from(channelRules).where(eq(channelRules.project, row.project)),
        toldOfRule(row.id, row.createdAt),
      ]);
      if (added.length === 0) return "taken";
      if ((all?.n ?? 0) <= rulesMost) return "added";
      await orm.delete(channelRules).where(eq(channelRules.id, row.id));
      return "full";
    },
    async changeRule(
      id: string,
      values: Partial<typeof channelRules.$inferInsert>,
      now: number,
    ): Promise<RuleRow | null> {
      const changed = orm.update(channelRules).set(values).where(eq(channelRules.id, id)).returning();
      const [[row]] = await orm.batch([changed, toldOfRule(id, now)]);
      return row ?? null;
    },
    async removeRule(id: string, now: number): Promise<void> {
      await orm.batch([
        toldOfRule(id, now),
        orm.delete(channelMemories).where(eq(channelMemories.ruleId, id)),
        orm.delete(channelRules).where(eq(channelRules.id, id)),
      ]);
    },
    /** Projects with rules that count. */
    async projects(): Promise<string[]> {
      const rows = await orm
        .selectDistinct({ project: channelRules.project })
        .from(channelRules)
        .where(eq(channelRules.enabled, true));
      return rows.map(({ project }) => project);
    },
    /** The rules of a project that count: those of channels that do. */
    async activeRules(project: string): Promise<RuleRow[]> {
      const active = and(
        ...[eq(channelRules.project, project), eq(channelRules.enabled, true), eq(channels.enabled, true)],
      );
      const rows = await orm
        .select({ rule: channelRules })
        .from(channelRules)
        .innerJoin(channels, eq(channels.id, channelRules.channelId))
        .where(active)
        .orderBy(asc(channelRules.createdAt))
        .limit(rulesMost);
      return rows.map(({ rule }) => rule);
    },
  };
}
