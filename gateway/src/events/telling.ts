import type { EventTopic } from "@pulse/schema/wire/events";
import { sql as raw, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../ports.ts";

/** A table whose rows belong to projects and have an id. */
type Told = SQLiteTable & { project: SQLiteColumn; id: SQLiteColumn };

/**
 * The statement that tells those who follow of a change of the rows that a condition finds: it goes into the batch of the change, behind it, or
 * before it when the rows are deleted. `subject`: by what they are told, the id unless given; `at`: epoch ms.
 */
export function telling(
  { orm }: Pick<Database, "orm">,
  topic: EventTopic,
  table: Told,
  which: SQL,
  at: number,
  subject: SQL | SQLiteColumn = table.id,
): BatchItem<"sqlite"> {
  return orm.run(raw`INSERT INTO events (project, topic, subject, at)
    SELECT ${table.project}, ${topic}, ${subject}, ${at} FROM ${table} WHERE ${which}`);
}

/**
 * By what the deletion of something is told that starts a workflow: its id and the name of the workflow, for who may hear of it is not known from
 * its row any more.
 */
export function goneSubject(id: SQLiteColumn, target: SQLiteColumn): SQL {
  const reference = raw`coalesce(${target} ->> '$.workflow', '')`;
  // `name`, or `name@revision`.
  return raw`${id} || ' ' || substr(${reference}, 1, instr(${reference} || '@', '@') - 1)`;
}

/** What `goneSubject` made, or the id alone: it changed. */
export function readSubject(subject: string): { id: string; goneWith: string | null } {
  const space = subject.indexOf(" ");
  return space < 0
    ? { id: subject, goneWith: null }
    : { id: subject.slice(0, space), goneWith: subject.slice(space + 1) };
}
