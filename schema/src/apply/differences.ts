import { canonicalText } from "../workflow/canonical.ts";

/** What differs at one place; `before` or `after` is undefined where it is not there at all. */
export interface Difference {
  /** Keys and positions with dots between: `steps.0.command`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** Where two JSON values differ, in the order of the second one. Lists are compared place by place. */
export function differencesOf(before: unknown, after: unknown, path = ""): Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return [{ path, before, after }];
  if (canonicalText(before) === canonicalText(after)) return [];
  const [old, next] = [membersOf(before), membersOf(after)];
  if (old === null || next === null || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, before, after }];
  }
  const keys = [...new Set([...next.keys(), ...old.keys()])];
  return keys.flatMap((key) => {
    const place = path === "" ? key : `${path}.${key}`;
    return differencesOf(old.get(key), next.get(key), place);
  });
}

function membersOf(value: unknown): Map<string, unknown> | null {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : null;
}
