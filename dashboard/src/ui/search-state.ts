import { useSearchParams } from "@solidjs/router";
import { type Accessor, createMemo } from "solid-js";
import type * as z from "zod";
import { readSearch } from "./read-search.ts";

/** What one may set of a search: `undefined` takes the parameter out of the address. */
type Patch<S extends z.ZodObject> = { readonly [K in keyof z.input<S>]?: string | undefined };

/**
 * The page's own part of the address, read through a schema: what does not fit is as if it were not there. Every field of the schema must take
 * `undefined` (`.optional()`, `.catch()`).
 */
export function useSearch<S extends z.ZodObject>(
  schema: S,
): [Accessor<z.output<S>>, (patch: Patch<S>, how?: { replace?: boolean }) => void] {
  const [params, setParams] = useSearchParams();
  const value = createMemo(() => readSearch(schema, { ...params }));
  return [
    value,
    (patch, how = {}) => setParams(patch as Record<string, string | undefined>, { scroll: false, ...how }),
  ];
}
