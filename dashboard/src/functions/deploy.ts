import type { DraftBody } from "@pulse/schema/wire/drafts";
import { type DeployBody, deployVersion, getVersion, type VersionView } from "@pulse/schema/wire/functions";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const actMs = 60_000;

/** Deploys a draft; answers the version, which may still be building. Throws the problem with what is wrong in which setting. */
export async function deployDraft(
  name: string,
  draft: DraftBody,
  given: { message: string; isLive: boolean },
): Promise<VersionView> {
  const version = await api.call(deployVersion, {
    params: { name },
    query: given.isLive ? {} : { alias: "none" },
    // Settings as they were written: whether a version may have them is the gateway's to say.
    body: { ...draft, ...(given.message === "" ? {} : { message: given.message }) } as DeployBody as never,
    signal: AbortSignal.timeout(actMs),
  });
  void queryClient.invalidateQueries({ queryKey: ["functions"] });
  return version;
}

/** A version, followed until it is built. */
export const versionQuery = (name: string, version: number) => {
  const { refetchInterval } = follow("functions");
  return queryOptions({
    queryKey: ["functions", "version", name, version],
    queryFn: ({ signal }) => api.call(getVersion, { params: { name, version: String(version) }, signal }),
    refetchInterval: (query) =>
      query.state.data !== undefined && query.state.data.status !== "building" ? false : refetchInterval,
  });
};
