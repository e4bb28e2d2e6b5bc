import type { Input } from "@pulse/schema/endpoint";
import {
  changeSource,
  createSource,
  deleteSource,
  diffSource,
  getRepositorySource,
  listSources,
  listSyncs,
  rotateSource,
  syncSource,
} from "@pulse/schema/wire/sources";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { queryClient } from "../session/query-client.ts";
import { isUnderWay } from "./source-sync.ts";

const actMs = 30_000;
/** The gateway fetches the archive before it answers. */
const diffMs = 120_000;
const rows = 20;
/** The stream of changes does not tell of syncs. */
const [busyEveryMs, restingEveryMs] = [1500, 15_000];

export type NewSource = Input<(typeof createSource)["body"]>;
export type SourceSettings = Input<(typeof changeSource)["body"]>;

const within = () => AbortSignal.timeout(actMs);
const again = () => queryClient.invalidateQueries({ queryKey: ["sources"] });
const every = (isBusy: boolean | undefined) => (isBusy === true ? busyEveryMs : restingEveryMs);

/** The project's sources, by name. */
export const sourcesQuery = () =>
  queryOptions({
    queryKey: ["sources", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listSources, { query, signal })),
    refetchInterval: ({ state }) => every(state.data?.some(({ lastSync }) => isUnderWay(lastSync))),
  });

/** One source. */
export const sourceQuery = (name: string) =>
  queryOptions({
    queryKey: ["sources", "one", name],
    queryFn: ({ signal }) => api.call(getRepositorySource, { params: { name }, signal }),
    refetchInterval: ({ state }) => every(isUnderWay(state.data?.lastSync)),
  });

/** A page of a source's syncs, newest first. */
export const syncsQuery = (name: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["sources", "syncs", name, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listSyncs, {
        params: { name },
        query: { limit: rows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    refetchInterval: ({ state }) => every(state.data?.items.some(isUnderWay)),
  });

/** Makes a source; returns it with its secret, the only time. */
export async function makeSource(body: NewSource) {
  const made = await api.call(createSource, { body, signal: within() });
  await again();
  return made;
}

/** Changes a source. */
export async function setSource(name: string, body: SourceSettings): Promise<void> {
  await api.call(changeSource, { params: { name }, body, signal: within() });
  await again();
}

/** Deletes a source with its syncs. */
export async function removeSource(name: string): Promise<void> {
  await api.call(deleteSource, { params: { name }, signal: within() });
  // What is gone is not asked for again before the page shows the list.
  await queryClient.invalidateQueries({ queryKey: ["sources", "list"] });
}

/** Gives a source another secret; returns it, the only time. */
export async function rotateSourceSecret(name: string): Promise<string> {
  const { secret } = await api.call(rotateSource, { params: { name }, signal: within() });
  return secret;
}

/** Puts a sync in line. */
export async function syncNow(name: string): Promise<void> {
  await api.call(syncSource, { params: { name }, signal: within() });
  await again();
}

/** What is not as the end of the branch says. */
export function differencesOfSource(name: string) {
  return api.call(diffSource, { params: { name }, signal: AbortSignal.timeout(diffMs) });
}
