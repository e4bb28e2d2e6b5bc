import { useSearchParams } from "@solidjs/router";
import { type Accessor, createMemo } from "solid-js";
import { readSearch, type Search, type SearchFields } from "./read-search.ts";

/** What one may set of a search: `undefined` takes the parameter out of the address. */
type Patch<F extends SearchFields> = { readonly [K in keyof F]?: string | undefined };

/** The page's own part of the address, read through its fields: what does not fit is as if it were not there. */
export function useSearch<F extends SearchFields>(
  fields: F,
): [Accessor<Search<F>>, (patch: Patch<F>, how?: { replace?: boolean }) => void] {
  const [params, setParams] = useSearchParams();
  const value = createMemo(() => readSearch(fields, { ...params }));
  return [
    value,
    (patch, how = {}) => setParams(patch as Record<string, string | undefined>, { scroll: false, ...how }),
  ];
}
