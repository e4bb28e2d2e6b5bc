import type { DraftBody } from "@pulse/schema/wire/drafts";
import { type DeployBody, deployVersion, getVersion, type VersionView } from "@pulse/schema/wire/functions";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";
import { type Change, fileChanges, settingChanges } from "./changes.ts";
import type { DeployedCode } from "./draft-store.ts";
import { inWordsOf, withoutDefaults } from "./settings-text.ts";

const actMs = 60_000;

/** What a deploy of a draft changes against what is deployed; everything is new when nothing is. */
export interface DeployChanges {
  files: Change[];
  settings: Change[];
}

/** Compares a draft with the version that stands. */
export function changesOf(draft: DraftBody, deployed: DeployedCode | null): DeployChanges {
  const before = deployed?.body ?? { runtime: draft.runtime, files: {}, settings: {} };
  const settingsOf = ({ runtime, entry, settings }: DraftBody, words: Readonly<Record<string, unknown>>) => ({
    runtime,
    ...(entry === undefined ? {} : { entry }),
    ...inWordsOf(withoutDefaults(settings), words),
  });
  return {
    files: fileChanges(before.files, draft.files),
    settings: settingChanges(settingsOf(before, {}), settingsOf(draft, before.settings)),
  };
}

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
