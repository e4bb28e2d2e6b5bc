import { timeOfFilter } from "@pulse/schema/filter/fits-filter";
import type { Condition } from "@pulse/schema/filter/read-filter";
import { executions } from "@pulse/schema/tables";
import { and, eq, gte, inArray, lt, not, or, type SQL, sql } from "drizzle-orm";
import { projectOf, seenBy, type Viewer } from "../../workflows/seen-by.ts";

/** What of a project somebody sees. */
export function within(viewer: Viewer): (SQL | undefined)[] {
  return [eq(executions.project, projectOf(viewer)), seenBy(viewer)];
}

/** What conditions ask of a row. */
export function asked(conditions: readonly Condition[], project: string, nowMs: number): (SQL | undefined)[] {
  return conditions.map((one) => {
    const holds = holdsFor(one, project, nowMs);
    // What is not known of a row does not hold.
    return one.not ? not(sql`coalesce(${holds}, 0)`) : holds;
  });
}

function holdsFor(condition: Condition, project: string, nowMs: number): SQL | undefined {
  switch (condition.on) {
    case "since":
      return gte(executions.createdAt, timeOfFilter(condition.time, nowMs));
    case "until":
      return lt(executions.createdAt, timeOfFilter(condition.time, nowMs));
    case "text":
      return and(...condition.values.map(containing));
    case "key":
      return byKey(condition.values, project);
    case "fn":
      return and(eq(executions.kind, "function"), among(sql`${executions.name}`, condition.values));
    case "workflow":
      return and(eq(executions.kind, "workflow"), among(sql`${executions.name}`, condition.values));
    case "version":
      return inArray(executions.version, condition.values.map(Number));
    default:
      return among(sql`${columns[condition.on]}`, condition.values);
  }
}

const columns = {
  status: executions.status,
  kind: executions.kind,
  name: executions.name,
  runner: executions.runnerName,
  trigger: executions.triggerType,
  reason: executions.reason,
  id: executions.id,
  parent: executions.parentId,
};

/** Whether a column is one of the values; `*` in them stands for anything. */
function among(column: SQL, values: readonly string[]): SQL | undefined {
  const exact = values.filter((one) => !one.includes("*"));
  const patterns = values.filter((one) => one.includes("*"));
  return or(
    exact.length === 0 ? undefined : sql`${column} IN ${exact}`,
    ...patterns.map((one) => sql`${column} LIKE ${patternOf(one)} ESCAPE '\\'`),
  );
}

function byKey(values: readonly string[], project: string): SQL | undefined {
  const called = sql`${executions.caller}`;
  const named = sql`${called} IN (SELECT k.id FROM keys AS k WHERE k.project = ${project} AND ${among(sql`k.name`, values)})`;
  return or(among(called, values), named);
}

function containing(text: string): SQL | undefined {
  const pattern = `%${escaped(text)}%`;
  const in_ = (column: SQL) => sql`${column} LIKE ${pattern} ESCAPE '\\'`;
  // An execution without an error contains nothing there.
  const message = sql`coalesce(json_extract(${executions.error}, '$.message'), '')`;
  return or(in_(sql`${executions.id}`), in_(sql`${executions.name}`), in_(message));
}

function patternOf(value: string): string {
  return value.split("*").map(escaped).join("%");
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (char) => `\\${char}`);
}
