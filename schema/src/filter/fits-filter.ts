import type { ExecutionView } from "../wire/executions.ts";
import type { Condition, FilterTime } from "./read-filter.ts";

/** What a filter looks at of an execution. */
export type Filtered = Pick<
  ExecutionView,
  | "id"
  | "kind"
  | "name"
  | "version"
  | "status"
  | "reason"
  | "trigger"
  | "parentId"
  | "runner"
  | "createdAt"
  | "error"
>;

/** When a filter's time is, epoch milliseconds; what is so long ago begins at a whole minute, so that a page and its next begin at the same. */
export function timeOfFilter(time: FilterTime, nowMs: number): number {
  return "atMs" in time ? time.atMs : Math.floor((nowMs - time.agoMs) / 60_000) * 60_000;
}

/** Whether an execution belongs into the list of a filter, by the rules of the API; null: that cannot be seen from outside (`key`). */
export function fitsFilter(conditions: readonly Condition[], view: Filtered, nowMs: number): boolean | null {
  const held = conditions.map((one) => {
    const holds = holdsFor(one, view, nowMs);
    return holds === null ? null : holds !== one.not;
  });
  if (held.includes(false)) return false;
  return held.includes(null) ? null : true;
}

function holdsFor(condition: Condition, view: Filtered, nowMs: number): boolean | null {
  switch (condition.on) {
    case "since":
      return Date.parse(view.createdAt) >= timeOfFilter(condition.time, nowMs);
    case "until":
      return Date.parse(view.createdAt) < timeOfFilter(condition.time, nowMs);
    case "text":
      return condition.values.every((one) => containsText(view, one.toLowerCase()));
    case "key":
      return null;
    case "fn":
      return view.kind === "function" && isAmong(condition.values, view.name);
    case "workflow":
      return view.kind === "workflow" && isAmong(condition.values, view.name);
    case "trigger":
      return isAmong(condition.values, view.trigger.type);
    case "version":
      return isAmong(condition.values, view.version === null ? null : String(view.version));
    case "parent":
      return isAmong(condition.values, view.parentId);
    default:
      return isAmong(condition.values, view[condition.on]);
  }
}

function containsText(view: Filtered, text: string): boolean {
  return [view.id, view.name, view.error?.message ?? ""].some((one) => one.toLowerCase().includes(text));
}

/** Whether one of the values is this text; `*` in them stands for anything, and then upper and lower case are alike. */
function isAmong(values: readonly string[], text: string | null): boolean {
  if (text === null) return false;
  return values.some((value) =>
    value.includes("*") ? matchesPattern(value.toLowerCase(), text.toLowerCase()) : value === text,
  );
}

/** Whether a text is a pattern with `*` for anything; in time of their lengths multiplied at most. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
