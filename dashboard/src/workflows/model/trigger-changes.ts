import { isObject } from "./read-text.ts";
import { isSameValue } from "./same-value.ts";

/** What becomes of a trigger when a definition is saved. */
export interface TriggerChange {
  kind: "added" | "removed" | "changed" | "kept";
  /** What starts it, in the words of the definition. */
  text: string;
}

/** What becomes of each trigger: those of the later definition in their order, then those that are gone. They are matched by id, then by what they say, then by place. */
export function triggerChanges(before: unknown, after: unknown): TriggerChange[] {
  const earlier = listOf(before);
  const later = listOf(after);
  const left = new Set(earlier.keys());
  const matches = later.map((): number | undefined => undefined);
  const match = (fits: (old: unknown, now: unknown, oldAt: number, at: number) => boolean) => {
    later.forEach((now, at) => {
      if (matches[at] !== undefined) return;
      const found = [...left].find((oldAt) => fits(earlier[oldAt], now, oldAt, at));
      if (found === undefined) return;
      matches[at] = found;
      left.delete(found);
    });
  };
  match((old, now) => idOf(now) !== null && idOf(now) === idOf(old));
  match((old, now) => isSameValue(old, now));
  match((old, now, oldAt, at) => oldAt === at && typeOf(old) === typeOf(now) && idOf(now) === idOf(old));
  const found = later.map((now, at): TriggerChange => {
    const old = matches[at];
    const kind = old === undefined ? "added" : isSameValue(earlier[old], now) ? "kept" : "changed";
    return { kind, text: triggerText(now) };
  });
  return [
    ...found,
    ...[...left].map((at): TriggerChange => ({ kind: "removed", text: triggerText(earlier[at]) })),
  ];
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const idOf = (value: unknown) => (isObject(value) && typeof value.id === "string" ? value.id : null);
const typeOf = (value: unknown) => (isObject(value) ? value.type : null);

function triggerText(value: unknown): string {
  if (!isObject(value)) return String(value);
  const told = ["type", "id", "cron", "every", "at", "timezone", "name", "provider"];
  return told.flatMap((name) => (value[name] === undefined ? [] : [String(value[name])])).join(" ");
}
