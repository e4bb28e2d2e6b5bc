import type { Input } from "@pulse/schema/endpoint";
import {
  type RunnerUpgrade,
  readRunnerUpgrade,
  stopRunnerUpgrade,
  upgradeRunners,
} from "@pulse/schema/wire/runner-upgrades";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";

const actMs = 30_000;
const [runningEveryMs, restingEveryMs] = [2000, 30_000];

export type UpgradeWish = Omit<Input<(typeof upgradeRunners)["body"]>, "dryRun">;

/** The upgrade of runners that is under way, or the last one; null: there was none. */
export const upgradeQuery = () =>
  queryOptions({
    queryKey: ["upgrade"],
    queryFn: async ({ signal }): Promise<RunnerUpgrade | null> =>
      (await api.call(readRunnerUpgrade, { signal })).upgrade,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? runningEveryMs : restingEveryMs),
  });

/** What an upgrade would do. */
export function dryUpgrade(wish: UpgradeWish): Promise<RunnerUpgrade> {
  const body = { ...wish, dryRun: true };
  return api.call(upgradeRunners, { body, signal: AbortSignal.timeout(actMs) });
}

/** Begins an upgrade. */
export async function beginUpgrade(body: UpgradeWish): Promise<void> {
  const signal = AbortSignal.timeout(actMs);
  queryClient.setQueryData(upgradeQuery().queryKey, await api.call(upgradeRunners, { body, signal }));
}

/** Lets no more waves begin. */
export async function stopUpgrade(): Promise<void> {
  const signal = AbortSignal.timeout(actMs);
  queryClient.setQueryData(upgradeQuery().queryKey, await api.call(stopRunnerUpgrade, { signal }));
}
