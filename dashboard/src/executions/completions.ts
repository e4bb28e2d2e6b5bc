import { type FilterField, filterFieldNames, filterFields } from "@pulse/schema/filter/fields";
import { listKeys } from "@pulse/schema/wire/auth";
import { useQuery } from "@tanstack/solid-query";
import type { Accessor } from "solid-js";
import { functionsQuery } from "../functions/queries.ts";
import { runnersQuery } from "../runners/queries.ts";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { dataOf } from "../ui/loaded.tsx";
import { workflowsQuery } from "../workflows/queries.ts";
import { sinces } from "./filter.ts";

const shownMost = 12;

/** What may stand for a field, as the API knows it; asked for when the field is first written. */
export function createCompletions(field: Accessor<FilterField | null>): Accessor<readonly string[]> {
  const wants = (...fields: FilterField[]) => fields.includes(field() as FilterField);
  const functions = useQuery(() => ({ ...functionsQuery(), enabled: wants("fn", "name") }));
  const workflows = useQuery(() => ({ ...workflowsQuery(), enabled: wants("workflow", "name") }));
  const runners = useQuery(() => ({ ...runnersQuery(), enabled: wants("runner") }));
  const keys = useQuery(() => ({
    queryKey: ["keys", "names"],
    // Who may not see keys gets no names.
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      everyItem((query) => api.call(listKeys, { query, signal })).catch(() => []),
    enabled: wants("key"),
  }));
  const names = (query: { name: string }[] | undefined) => (query ?? []).map(({ name }) => name);
  return () => {
    const written = field();
    switch (written) {
      case null:
        return filterFieldNames;
      case "fn":
        return names(dataOf(functions));
      case "workflow":
        return names(dataOf(workflows));
      case "name":
        return [...names(dataOf(functions)), ...names(dataOf(workflows))];
      case "runner":
        return names(dataOf(runners));
      case "key":
        return names(dataOf(keys));
      case "since":
      case "until":
        return sinces;
      default:
        return filterFields[written].values ?? [];
    }
  };
}

/** Those that begin with, then those that contain, what was begun. */
export function fitting(all: readonly string[], begun: string): string[] {
  const text = begun.toLowerCase();
  const starts = all.filter((one) => one.toLowerCase().startsWith(text));
  const others =
    text === "" ? [] : all.filter((one) => !starts.includes(one) && one.toLowerCase().includes(text));
  return [...new Set([...starts, ...others])].slice(0, shownMost);
}
