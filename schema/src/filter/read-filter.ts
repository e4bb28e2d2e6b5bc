import { parseDuration } from "../duration-text.ts";
import { nearestName } from "../expression/nearest-name.ts";
import { type FilterField, filterFieldNames, filterFields, isFilterField, statusGroups } from "./fields.ts";
import { type SplitWord, splitFilter } from "./split-filter.ts";

/** A time as a filter says it: so long ago, or a moment (epoch milliseconds). */
export type FilterTime = { agoMs: number } | { atMs: number };

/** What an execution must be like, or with `not` must not. Values may have `*` for anything. */
export type Condition =
  | { on: Exclude<FilterField, "since" | "until">; not: boolean; values: string[] }
  | { on: "since" | "until"; not: false; time: FilterTime }
  | { on: "text"; not: boolean; values: string[] };

/** What is wrong with a filter, and where in its text. */
export interface FilterFinding {
  kind:
    | "unknown_field"
    | "unknown_value"
    | "no_value"
    | "open_quote"
    | "bad_time"
    | "bad_number"
    | "no_not"
    | "twice"
    | "too_many";
  at: number;
  end: number;
  /** The field, or what was taken for one. */
  field: string;
  seen: string;
  /** What may have been meant. */
  near: string | null;
}

/** A filter as it is understood: conditions that must all hold. */
export interface ReadFilter {
  conditions: Condition[];
  findings: FilterFinding[];
}

/** How long a filter may be, in characters. */
export const filterMost = 1000;
const valuesMost = 50;
const wordsMost = 30;

/** Reads `status:failed fn:resize -runner:pi-* since:2h "not found"`. The same field again means either of its values; all else must hold together. */
export function readFilter(text: string): ReadFilter {
  const findings: FilterFinding[] = [];
  const conditions: Condition[] = [];
  const words = splitFilter(text);
  for (const word of words) {
    const field = word.name === null ? "text" : word.name.toLowerCase();
    const find = (kind: FilterFinding["kind"], seen: string, near: string | null = null): null => {
      findings.push({ kind, at: word.at, end: word.end, field, seen, near });
      return null;
    };
    const condition = conditionOf(word, field, find);
    if (condition === null) continue;
    const same = conditions.find((one) => one.on === condition.on && one.not === condition.not);
    if (same === undefined || condition.on === "text") conditions.push(condition);
    else if ("time" in same || "time" in condition) find("twice", text.slice(word.at, word.end));
    else same.values = [...new Set([...same.values, ...condition.values])];
  }
  const last = words.at(-1);
  const values = conditions.flatMap((one) => ("values" in one ? one.values : []));
  if (last !== undefined && (words.length > wordsMost || values.length > valuesMost)) {
    const seen = words.length > wordsMost ? words.length : values.length;
    findings.push({ kind: "too_many", at: 0, end: last.end, field: "", seen: String(seen), near: null });
  }
  return { conditions, findings };
}

type Find = (kind: FilterFinding["kind"], seen: string, near?: string | null) => null;

function conditionOf(word: SplitWord, field: string, find: Find): Condition | null {
  const { not } = word;
  const values = word.values.map((one) => one.text);
  if (word.values.some((one) => one.isOpen)) return find("open_quote", values.join(","));
  if (field !== "text" && !isFilterField(field)) {
    return find("unknown_field", field, nearestName(field, filterFieldNames));
  }
  if (values.includes("")) return find("no_value", field);
  if (field === "since" || field === "until") {
    if (not) return find("no_not", field);
    const [value = ""] = values;
    const time = values.length > 1 ? null : timeOf(value);
    return time === null ? find("bad_time", values.join(",")) : { on: field, not: false, time };
  }
  if (field === "text") return { on: field, not, values };
  if (field === "version") {
    const wrong = values.find((one) => !/^[1-9]\d{0,8}$/.test(one));
    if (wrong !== undefined) return find("bad_number", wrong);
  }
  const known: readonly string[] | null = filterFields[field].values;
  if (known === null) return { on: field, not, values };
  const lower = values.map((one) => one.toLowerCase());
  const wrong = lower.find((one) => !known.includes(one));
  if (wrong !== undefined) return find("unknown_value", wrong, nearestName(wrong, known));
  const meant = lower.flatMap((one) => (field === "status" ? (statusGroups[one] ?? [one]) : [one]));
  return { on: field, not, values: [...new Set(meant)] };
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

function timeOf(text: string): FilterTime | null {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return { agoMs };
  if (!day.test(text) && !moment.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : { atMs };
}

/** What is wrong, in words, with what to do. */
export function wordsOfFinding({ kind, field, seen, near }: FilterFinding): string {
  const meant = near === null ? "" : `; did you mean ${near}?`;
  const known = isFilterField(field) ? (filterFields[field].values ?? []) : [];
  switch (kind) {
    case "unknown_field":
      return `there is no filter ${JSON.stringify(seen)}${meant || `; there are ${filterFieldNames.join(", ")}; text with a colon goes in quotes`}`;
    case "unknown_value":
      return `${field} cannot be ${JSON.stringify(seen)}${meant || `; it may be ${known.join(", ")}`}`;
    case "no_value":
      return field === "text"
        ? "there is an empty text"
        : `${field}: has no value; write it such as ${example(field)}`;
    case "open_quote":
      return `the quote before ${JSON.stringify(seen)} is not closed`;
    case "bad_time":
      return `${field} must be so long ago (2h, 7d), a day (2026-01-31) or a time (2026-01-31T10:00Z), got ${JSON.stringify(seen)}`;
    case "bad_number":
      return `${field} must be a whole number from 1 on, got ${JSON.stringify(seen)}`;
    case "no_not":
      return `${field} cannot be turned round with -; use ${field === "since" ? "until" : "since"}`;
    case "twice":
      return `${field} is there twice; leave one out`;
    case "too_many":
      return `a filter has at most ${wordsMost} words and ${valuesMost} values, this one has ${seen}`;
  }
}

function example(field: string): string {
  if (field === "since" || field === "until") return `${field}:2h`;
  return isFilterField(field) && filterFields[field].values !== null
    ? `${field}:${filterFields[field].values[0]}`
    : `${field}:one`;
}
