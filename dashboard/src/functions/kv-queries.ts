import { deleteKv, getKv, listKv, listKvSpaces, putKv } from "@pulse/schema/wire/kv";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";

const within = () => AbortSignal.timeout(30_000);
const pageRows = 50;
const everyMs = 5000;

/** The spaces of the project that hold something. */
export const kvSpacesQuery = () =>
  queryOptions({
    queryKey: ["kv", "spaces"],
    queryFn: ({ signal }) => api.call(listKvSpaces, { signal }),
  });

/** A page of the keys of a space that begin with `prefix`; functions write without a word of it, so it is read again. */
export const kvKeysQuery = (space: string, prefix: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["kv", "keys", space, prefix, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listKv, {
        params: { space },
        query: { prefix, limit: pageRows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    refetchInterval: everyMs,
  });

/** What stands under a key: read once for each time that it is looked at, so that nothing changes under who edits it. */
export const kvEntryQuery = (space: string, key: string) =>
  queryOptions({
    queryKey: ["kv", "entry", space, key],
    queryFn: ({ signal }) => api.call(getKv, { params: { space }, query: { key }, signal }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** Writes a value where `ifVersion` stands (0: nothing); throws `precondition_failed` where something else does. */
export async function writeKv(
  space: string,
  given: { key: string; value: unknown; ttl: number | undefined; ifVersion: number },
): Promise<void> {
  const { key, value, ttl, ifVersion } = given;
  await api.call(putKv, {
    params: { space },
    query: { key },
    // What JSON.parse gave is JSON.
    body: { value: value as never, ifVersion, ...(ttl === undefined ? {} : { ttl }) },
    signal: within(),
  });
  await readAgain();
}

/** Deletes a key where this version stands; throws `precondition_failed` where another does. */
export async function removeKv(space: string, key: string, ifVersion: number): Promise<void> {
  await api.call(deleteKv, { params: { space }, query: { key, ifVersion }, signal: within() });
  await readAgain();
}

async function readAgain(): Promise<void> {
  await Promise.all(
    ["keys", "spaces"].map((part) => queryClient.invalidateQueries({ queryKey: ["kv", part] })),
  );
}
