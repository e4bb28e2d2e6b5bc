import type { SearchField } from "./search-fields.ts";

/** The parameters that a page reads from its address, by name. */
export type SearchFields = Readonly<Record<string, SearchField<unknown>>>;
/** What was read: of each parameter its value, where there is one that fits. */
export type Search<F extends SearchFields> = {
  [K in keyof F]?: Exclude<ReturnType<F[K]>, undefined> | undefined;
};

/** Reads the parameters that fit their fields; the others are left out. */
export function readSearch<F extends SearchFields>(
  fields: F,
  params: Readonly<Record<string, unknown>>,
): Search<F> {
  const fitting = Object.entries(fields).flatMap(([name, read]) => {
    const given = params[name];
    const value = typeof given === "string" ? read(given) : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  // Each value comes from the field of its name.
  return Object.fromEntries(fitting) as Search<F>;
}
