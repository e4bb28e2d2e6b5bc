import { type Condition, readFilter } from "@pulse/schema/filter/read-filter";
import type { ExecutionFilter } from "@pulse/schema/wire/executions";

/** The index that answers a filter, with the values that are looked up in it; what is left over is looked at row by row. */
export interface Path {
  index: "executions_list" | "executions_name" | "executions_status" | "executions_parent" | "executions_id";
  values: string[];
  /** The conditions that the index does not answer. Times are answered by all but those of ids and parents. */
  rest: Condition[];
}

/** More values than these are not looked up one by one. */
const valuesMost = 12;

/** All that a filter asks for, of its parameters and of its text. */
export function conditionsOf(filter: ExecutionFilter): Condition[] {
  const { kind, status, name, runner, trigger, parent, since, until, q } = filter;
  const named = (
    on: "kind" | "status" | "name" | "runner" | "trigger" | "parent" | "text",
    given: string | string[] | undefined,
  ) => (given === undefined ? [] : [{ on, not: false, values: [given].flat() }]);
  const timed = (on: "since" | "until", given: string | undefined): Condition[] =>
    given === undefined ? [] : [{ on, not: false, time: { atMs: Date.parse(given) } }];
  return [
    ...named("kind", kind),
    ...named("status", status),
    ...named("name", name),
    ...named("runner", runner),
    ...named("trigger", trigger),
    ...named("parent", parent),
    ...timed("since", since),
    ...timed("until", until),
    ...named("text", q),
    ...readFilter(filter.filter ?? "").conditions,
  ];
}

/**
 * The way to the rows of a filter that looks at the fewest: by id, by parent, by states that few executions are in, by name;
 * else all of the project, newest first.
 */
export function pathOf(conditions: readonly Condition[]): Path {
  const byId = lookedUp(conditions, "id");
  if (byId !== undefined)
    return { index: "executions_id", values: byId.values, rest: without(conditions, byId.from) };
  const byParent = lookedUp(conditions, "parent");
  if (byParent !== undefined)
    return { index: "executions_parent", values: byParent.values, rest: without(conditions, byParent.from) };
  const byStatus = lookedUp(conditions, "status");
  const byName =
    lookedUp(conditions, "name") ?? lookedUp(conditions, "fn") ?? lookedUp(conditions, "workflow");
  const isRare = byStatus !== undefined && !byStatus.values.includes("succeeded");
  if (byName !== undefined && !isRare) {
    // The name alone does not say of which kind it is.
    const rest = byName.from.on === "name" ? without(conditions, byName.from) : [...conditions];
    return { index: "executions_name", values: byName.values, rest: rest.filter(isLeft) };
  }
  if (byStatus !== undefined) {
    const rest = without(conditions, byStatus.from).filter(isLeft);
    // Where nearly all fit, what was made last is near in the order of time too.
    if (isRare || (rest.length === 0 && byStatus.values.length === 1))
      return { index: "executions_status", values: byStatus.values, rest };
  }
  return { index: "executions_list", values: [], rest: conditions.filter(isLeft) };
}

function lookedUp(
  conditions: readonly Condition[],
  on: "id" | "parent" | "status" | "name" | "fn" | "workflow",
) {
  for (const from of conditions) {
    if (from.on !== on || from.not || !("values" in from)) continue;
    const isExact = from.values.every((one) => !one.includes("*"));
    // Each value of the others is a part of the statement.
    const isShort = on === "id" || on === "parent" || from.values.length <= valuesMost;
    if (isExact && isShort) return { from, values: from.values };
  }
  return undefined;
}

function without(conditions: readonly Condition[], taken: Condition): Condition[] {
  return conditions.filter((one) => one !== taken);
}

function isLeft(condition: Condition): boolean {
  return condition.on !== "since" && condition.on !== "until";
}
