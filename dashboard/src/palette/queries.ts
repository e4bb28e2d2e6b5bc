import { listFunctions } from "@pulse/schema/wire/functions";
import { find } from "@pulse/schema/wire/search";
import { listWorkflows } from "@pulse/schema/wire/workflows";
import { keepPreviousData, queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import type { Mode } from "./entries.ts";

const perKind = 5;
const namesMost = 20;
const perName = 20;

/** What is found by a text; nothing is asked without one. */
export const findQuery = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: async ({ signal }) =>
      (await api.call(find, { query: { q: text, limit: perKind }, signal })).items,
    enabled: text !== "",
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

/** The names of functions or workflows that contain a text; without one the first. */
export const namesQuery = (mode: Mode, text: string) =>
  queryOptions({
    queryKey: ["search", mode, text],
    queryFn: async ({ signal }) => {
      const kind = mode === "call" ? "function" : "workflow";
      if (text !== "") {
        const { items } = await api.call(find, { query: { q: text, limit: perName }, signal });
        return items.filter((one) => one.kind === kind).map(({ name }) => name);
      }
      const query = { limit: namesMost };
      const { items } =
        mode === "call"
          ? await api.call(listFunctions, { query, signal })
          : await api.call(listWorkflows, { query, signal });
      return items.map(({ name }) => name);
    },
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
