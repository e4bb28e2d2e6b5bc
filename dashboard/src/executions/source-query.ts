import { getSource } from "@pulse/schema/wire/functions";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";

/** The files of a version; they never change. */
export const sourceQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: ["source", name, version],
    queryFn: ({ signal }) => api.call(getSource, { params: { name, version: String(version) }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
