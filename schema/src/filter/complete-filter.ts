import { type FilterField, isFilterField } from "./fields.ts";
import { quoted, splitFilter } from "./split-filter.ts";

/** What is being written at the cursor: the beginning of a field's name, or of a value of a field. `at` to `end` is replaced by what is chosen. */
export interface FilterPlace {
  field: FilterField | null;
  begun: string;
  at: number;
  end: number;
}

/** What stands at the cursor of a filter; null: a text in quotes, which has no completion. */
export function placeOfFilter(text: string, cursor: number): FilterPlace | null {
  const word = splitFilter(text).find((one) => one.at < cursor && cursor <= one.end);
  if (word === undefined) return { field: null, begun: "", at: cursor, end: cursor };
  const name = word.name?.toLowerCase() ?? null;
  if (name === null) {
    const [value] = word.values;
    if (value === undefined || text.charAt(value.at) === '"') return null;
    return { field: null, begun: text.slice(value.at, cursor), at: value.at, end: word.end };
  }
  const value = word.values.find((one) => one.at <= cursor && cursor <= one.end);
  if (!isFilterField(name) || value === undefined) return null;
  return {
    field: name,
    begun: text.slice(value.at, cursor).replaceAll('"', ""),
    at: value.at,
    end: value.end,
  };
}

/** The filter with what was chosen at a place, and where the cursor stands then. A field goes on with its value, a value ends its word. */
export function withChosen(
  text: string,
  place: FilterPlace,
  chosen: string,
): { text: string; cursor: number } {
  const after = text.slice(place.end);
  const written = place.field === null ? `${chosen}:` : quoted(chosen);
  const gap = place.field !== null && !/^[\s,]/.test(after) ? " " : "";
  const before = text.slice(0, place.at) + written + gap;
  return { text: before + after, cursor: before.length };
}
