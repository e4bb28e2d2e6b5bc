import type { FilterField } from "./fields.ts";
import { quoted, type SplitWord, splitFilter } from "./split-filter.ts";

/** A filter with one field set to these values in place of what it said of it before; without values the field is taken out. The other words stay as they are. */
export function withField(text: string, field: FilterField, values: readonly string[]): string {
  const kept = splitFilter(text)
    .filter((word) => !isPlain(word, field))
    .map((word) => text.slice(word.at, word.end));
  const written = values.length === 0 ? [] : [`${field}:${values.map(quoted).join(",")}`];
  return [...kept, ...written].join(" ");
}

/** The values that a filter gives a field, as they are written; none where it says nothing of it. */
export function valuesOf(text: string, field: FilterField): string[] {
  return splitFilter(text)
    .filter((word) => isPlain(word, field))
    .flatMap((word) => word.values.map((one) => one.text));
}

function isPlain(word: SplitWord, field: FilterField): boolean {
  return !word.not && word.name?.toLowerCase() === field;
}
