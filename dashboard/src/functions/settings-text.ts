import { deploySettings } from "@pulse/schema/wire/manifest";
import type * as z from "zod";

const units = [
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
  ["KB", 2 ** 10],
] as const;

/** Bytes as the settings write them: `256MB`. Reading it gives the same number of bytes again. */
export function sizeText(bytes: number): string {
  const [unit, size] = units.find(([, one]) => bytes >= one && bytes % one === 0) ?? ["B", 1];
  return `${bytes / size}${unit}`;
}

/** Settings as the gateway shows them in the form that it takes: sizes, shown in bytes, are text. */
export function writableSettings(shown: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, writable(name, value)]));
}

function writable(name: string, value: unknown): unknown {
  if (name === "memory") return asSize(value);
  if (name === "logs") return withSize(value, "max");
  if (name === "endpoint") return withSize(value, "maxBody");
  return value;
}

function withSize(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || !(field in value)) return value;
  return { ...value, [field]: asSize((value as Record<string, unknown>)[field]) };
}

function asSize(value: unknown): unknown {
  return typeof value === "number" ? sizeText(value) : value;
}

const fields: Readonly<Record<string, z.ZodType>> = deploySettings.shape;

/** What a setting means, as text to compare by; null: no version may have it so. */
function meaningOf(name: string, value: unknown): string | null {
  const parsed = fields[name]?.safeParse(value);
  return parsed?.success === true ? JSON.stringify(parsed.data) : null;
}

/** Settings without those that say what holds anyway. */
export function withoutDefaults(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => {
      const meaning = meaningOf(name, value);
      return meaning === null || meaning !== meaningOf(name, undefined);
    }),
  );
}

/** Settings in the words of others where they mean the same: `60s` is `1m`. */
export function inWordsOf(
  settings: Readonly<Record<string, unknown>>,
  others: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const meaning = meaningOf(name, value);
      const isSame =
        meaning !== null && Object.hasOwn(others, name) && meaning === meaningOf(name, others[name]);
      return [name, isSame ? others[name] : value];
    }),
  );
}
