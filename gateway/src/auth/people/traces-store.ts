import type { InStatement, InValue, Row } from "@libsql/client";
import type { Database } from "../../ports.ts";

/** Who is looked for: a person's id, and the name as it stands in what they made (`user:ana`) and alone. */
export interface Sought {
  id: string;
  username: string;
  name: string;
}

/** Rows in which a person's name stands: how they are found, and how a pseudonym gets there. */
interface Trace {
  kind: string;
  table: string;
  /** With `:id`, `:maker` (`user:ana`), `:username`. */
  where: string;
  /** With `:pseudonym` and `:made` (`user:<pseudonym>`) besides. Null: the rows stay as they are. */
  set: string | null;
  /** What an export shows of a row. */
  columns: string;
}

const setBy = (kind: string, table: string, column = "created_by"): Trace => ({
  ...{ kind, table, where: `${column} IN (:maker, :username)` },
  set: `${column} = CASE ${column} WHEN :maker THEN :made ELSE :pseudonym END`,
  columns: "*",
});

/** A note such as `{by, at, reason}` in a column. */
const notedBy = (kind: string, table: string, column: string, columns: string): Trace => ({
  ...{ kind, table, columns, where: `${column} ->> '$.by' IN (:maker, :username)` },
  set: `${column} = json_set(${column}, '$.by', CASE ${column} ->> '$.by' WHEN :maker THEN :made ELSE :pseudonym END)`,
});

const startedBy = (kind: string, table: string, columns: string): Trace => ({
  ...{ kind, table, columns, where: "started_by ->> '$.userId' = :id" },
  set: "started_by = json_set(started_by, '$.name', :pseudonym)",
});

const settings = (kind: string, table: string): Trace => ({
  ...{ kind, table, columns: "id, project, name, created_at", where: "set_by ->> '$.userId' = :id" },
  set: "set_by = json_set(set_by, '$.name', :pseudonym)",
});

/** What stays when a person is erased. */
export const traces: readonly Trace[] = [
  {
    ...setBy("keysMade", "keys"),
    columns: "id, project, name, prefix, scopes, created_at, expires_at, revoked_at",
  },
  { ...setBy("projects", "projects"), columns: "name, created_at" },
  { ...setBy("versions", "versions"), columns: "id, number, message, created_at" },
  { ...setBy("workflowRevisions", "workflow_revisions"), columns: "workflow_id, revision, created_at" },
  { ...setBy("schedules", "schedules"), columns: "id, project, name, created_at" },
  { ...setBy("webhooks", "webhooks"), columns: "id, project, name, created_at" },
  { ...setBy("sources", "sources"), columns: "id, project, name, created_at" },
  {
    ...setBy("sourceSyncs", "source_syncs", "started_by"),
    columns: "id, project, source_id, status, created_at",
  },
  { ...setBy("channels", "channels"), columns: "id, project, name, created_at" },
  { ...setBy("channelRules", "channel_rules"), columns: "id, project, name, created_at" },
  settings("channelsSet", "channels"),
  settings("channelRulesSet", "channel_rules"),
  { ...setBy("aliases", "aliases", "moved_by"), columns: "function_id, name, moved_at, reason" },
  {
    ...setBy("workflowAliases", "workflow_aliases", "moved_by"),
    columns: "workflow_id, name, revision, moved_at",
  },
  notedBy("workflowsDisabled", "workflows", "disabled", "id, project, name, disabled"),
  notedBy("schedulesPaused", "schedules", "paused", "id, project, name, paused"),
  { ...setBy("ticks", "schedule_ticks", '"by"'), columns: "id, project, schedule_id, at, status" },
  {
    ...{ kind: "emittedEvents", table: "emitted_events", columns: "id, project, name, at" },
    where: `"by" IN (:maker, :username) OR emitter ->> '$.userId' = :id`,
    set: `"by" = CASE "by" WHEN :maker THEN :made WHEN :username THEN :pseudonym ELSE "by" END,
      emitter = CASE WHEN emitter ->> '$.userId' = :id THEN json_set(emitter, '$.name', :pseudonym) ELSE emitter END`,
  },
  startedBy("deliveries", "webhook_deliveries", "id, project, webhook_id, event, status, received_at"),
  startedBy("runs", "workflow_runs", "execution_id, project, workflow_id, revision"),
  {
    ...{
      kind: "answers",
      table: "prompts",
      columns: "id, project, execution_id, message, opened_at, answered_by, response",
    },
    where: `answered_by IN (:username, :maker) OR EXISTS (SELECT 1 FROM json_each(prompts.answers) AS a WHERE a.value ->> '$.by' IN (:username, :maker))`,
    set: `answered_by = CASE answered_by WHEN :username THEN :pseudonym WHEN :maker THEN :made ELSE answered_by END,
      answers = (SELECT json_group_array(CASE a.value ->> '$.by' WHEN :username THEN json_set(a.value, '$.by', :pseudonym)
        WHEN :maker THEN json_set(a.value, '$.by', :made) ELSE json(a.value) END) FROM json_each(prompts.answers) AS a)`,
  },
  {
    ...{
      kind: "executions",
      table: "executions",
      columns: "id, project, kind, name, status, trigger_type, created_at",
    },
    // A job has the same trigger as its row, and stands last in it: it is not read to find one.
    where: "\"trigger\" ->> '$.by' IN (:username, :maker)",
    set: `"trigger" = json_set("trigger", '$.by', :made),
      job = CASE WHEN job ->> '$.spec.trigger.by' IS NULL THEN job ELSE json_set(job, '$.spec.trigger.by', :made) END`,
  },
];

/** Rows that hold a name and are never changed: the chain of the audit has to stay whole, and the log of a run is only ever added to. */
export const records: readonly Trace[] = [
  {
    ...{
      kind: "auditEntries",
      table: "audit",
      where:
        "actor_kind = 'person' AND actor_id = :id OR action LIKE 'user.%' AND target IN (:username, :id)",
      set: null,
    },
    columns: "project, seq, at, actor_name, action, target, outcome, code, address, before, after, details",
  },
  {
    ...{ kind: "runEvents", table: "workflow_events", columns: "execution_id, seq, project, type, at" },
    where: "entry ->> '$.by' IN (:username, :maker) OR entry ->> '$.startedBy.userId' = :id",
    set: null,
  },
];

/** What is a person's own, and goes with them. */
const own = {
  sessions: {
    columns: "id, project, user_agent, address, created_at, last_seen_at, expires_at",
    where: "user_id = :id",
  },
  keys: {
    columns: "id, project, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at",
    where: "owner_id = :id",
  },
  memberships: { columns: "project, role, origin", where: "user_id = :id" },
  saved_inputs: { columns: "project, function_name, name, updated_at, call", where: "owner_id = :id" },
  device_logins: { columns: "machine, address, status, created_at", where: "user_id = :id" },
} as const;
export type OwnKind = keyof typeof own;
export const ownKinds = Object.keys(own) as OwnKind[];

const rowsAtOnce = 500;
/** Of what may be 64 KiB a row. */
const largeRowsAtOnce = 50;

function argsOf({ id, username }: Sought, pseudonym: string, text: string): Record<string, InValue> {
  const all = { id, username, maker: `user:${username}`, pseudonym, made: `user:${pseudonym}` };
  return Object.fromEntries(Object.entries(all).filter(([name]) => text.includes(`:${name}`)));
}

/** The SQL of what is kept about a person, wherever it stands. */
export function createTracesStore({ client }: Pick<Database, "client">) {
  const statement = (sql: string, who: Sought, pseudonym = ""): InStatement => ({
    sql,
    args: argsOf(who, pseudonym, sql),
  });
  return {
    /** How many rows there are of each kind. */
    async count(from: readonly Trace[], who: Sought): Promise<Record<string, number>> {
      const counted = await client.batch(
        from.map(({ table, where }) => statement(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, who)),
        "read",
      );
      return Object.fromEntries(from.map(({ kind }, at) => [kind, Number(counted[at]?.rows[0]?.n)]));
    },
    async countOwn(who: Sought): Promise<Record<OwnKind, number>> {
      const counted = await client.batch(
        ownKinds.map((kind) => statement(`SELECT count(*) AS n FROM ${kind} WHERE ${own[kind].where}`, who)),
        "read",
      );
      return Object.fromEntries(
        ownKinds.map((kind, at) => [kind, Number(counted[at]?.rows[0]?.n)]),
      ) as Record<OwnKind, number>;
    },
    /** Puts a pseudonym where the name was, and remembers that the id is somebody who was erased. */
    async pseudonymise(who: Sought, pseudonym: string): Promise<void> {
      const changes = traces.flatMap(({ table, where, set }) =>
        set === null ? [] : [statement(`UPDATE ${table} SET ${set} WHERE ${where}`, who, pseudonym)],
      );
      const erased = {
        sql: "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
        args: [`erased: ${who.id}`, pseudonym],
      };
      await client.batch([...changes, erased], "write");
    },
    /** Rows of one kind, as many at a time as stand in memory. */
    async *rows(from: Trace | OwnKind, who: Sought): AsyncGenerator<Row[]> {
      const { table, columns, where } = typeof from === "string" ? { table: from, ...own[from] } : from;
      const atOnce = table === "saved_inputs" ? largeRowsAtOnce : rowsAtOnce;
      for (let after = 0; ; ) {
        const sql = `SELECT rowid AS at_row, ${columns} FROM ${table} WHERE (${where}) AND rowid > :after ORDER BY rowid LIMIT ${atOnce}`;
        const { rows } = await client.execute({ sql, args: { ...argsOf(who, "", sql), after } });
        const last = rows.at(-1);
        if (last === undefined) return;
        yield rows;
        after = Number(last.at_row);
      }
    },
  };
}
