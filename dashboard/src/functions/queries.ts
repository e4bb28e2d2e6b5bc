import { listDrafts } from "@pulse/schema/wire/drafts";
import { listAliases, putAlias } from "@pulse/schema/wire/function-aliases";
import {
  deleteFunction,
  type FunctionView,
  getFunction,
  listFunctions,
  listVersions,
  patchFunction,
} from "@pulse/schema/wire/functions";
import { type FunctionStats, getStats } from "@pulse/schema/wire/stats";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const pageRows = 200;
const versionRows = 50;
const statsEveryMs = 15_000;
const actMs = 30_000;
const splitEveryMs = 5000;

/** All functions, by name. */
export const functionsQuery = () =>
  queryOptions({
    queryKey: ["functions", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listFunctions, { query, signal })),
    ...follow("functions"),
  });

/** All drafts, by name, without their files; those of functions that do not exist yet too. */
export const draftsQuery = () =>
  queryOptions({
    queryKey: ["drafts"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listDrafts, { query, signal })),
  });

/** One function. */
export const functionQuery = (name: string) =>
  queryOptions({
    queryKey: ["functions", "one", name],
    queryFn: ({ signal }) => api.call(getFunction, { params: { name }, signal }),
    ...follow("functions"),
  });

/** The calls of the last day, by name of function. */
export const statsQuery = (names: readonly string[]) =>
  queryOptions({
    queryKey: ["stats", "24h", names],
    queryFn: async ({ signal }) => {
      const all: FunctionStats[] = [];
      for (let at = 0; at < names.length; at += pageRows) {
        const name = names.slice(at, at + pageRows);
        all.push(...(await api.call(getStats, { query: { name, window: "24h" }, signal })).items);
      }
      return new Map(all.map((one) => [one.name, one]));
    },
    enabled: names.length > 0,
    refetchInterval: statsEveryMs,
  });

/** A page of versions, newest first. */
export const versionsQuery = (name: string, cursor?: string) =>
  queryOptions({
    queryKey: ["functions", "versions", name, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listVersions, {
        params: { name },
        query: { limit: versionRows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    ...follow("functions"),
  });

/** The aliases of a function; while one is split its calls are counted anew every few seconds. */
export const aliasesQuery = (name: string) =>
  queryOptions({
    queryKey: ["functions", "aliases", name],
    queryFn: ({ signal }) => api.call(listAliases, { params: { name }, signal }),
    ...follow("functions"),
    refetchInterval: (query) =>
      query.state.data?.items.some(({ split }) => split !== null) === true ? splitEveryMs : false,
  });

/** Changes live settings; throws the problem with what is wrong in which field. */
export async function changeSettings(name: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
  const view = await api.call(patchFunction, {
    params: { name },
    // What a field may be is the gateway's to say: it names the field that is wrong.
    body: patch as never,
    signal: AbortSignal.timeout(actMs),
  });
  noteFunction(view);
}

/** Moves an alias to a version; the reason stands in the audit, an empty one is none. */
export async function moveAlias(name: string, alias: string, version: number, reason: string): Promise<void> {
  const params = { name, alias };
  const body = { version, ...(reason === "" ? {} : { reason }) };
  noteFunction(await api.call(putAlias, { params, body, signal: AbortSignal.timeout(actMs) }));
  await queryClient.invalidateQueries({ queryKey: ["functions"] });
}

/** Ends the split of an alias at one of its versions; a `conflict` when `canary` is its second version no more. */
export async function endSplit(name: string, alias: string, version: number, canary: number): Promise<void> {
  const body = { version, ifCanary: canary };
  const params = { name, alias };
  try {
    noteFunction(await api.call(putAlias, { params, body, signal: AbortSignal.timeout(actMs) }));
  } finally {
    await queryClient.invalidateQueries({ queryKey: ["functions"] });
  }
}

/** Deletes a function with its versions. */
export async function removeFunction(name: string): Promise<void> {
  await api.call(deleteFunction, { params: { name }, signal: AbortSignal.timeout(actMs) });
  queryClient.removeQueries({ queryKey: ["functions", "one", name] });
  await queryClient.invalidateQueries({ queryKey: ["functions", "list"] });
}

function noteFunction(view: FunctionView): void {
  queryClient.setQueryData(functionQuery(view.name).queryKey, view);
}
