import { listAudit } from "@pulse/schema/wire/audit";
import {
  createEnrolmentToken,
  deleteRunner,
  drainRunner,
  listRunners,
  patchRunner,
  type RunnerView,
  resumeRunner,
} from "@pulse/schema/wire/runners";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const actMs = 30_000;
const refusedMost = 3;
const refusedEveryMs = 2000;

/** All runners, by name; of more than two thousand the first ones. */
export const runnersQuery = () =>
  queryOptions({
    queryKey: ["runners"],
    queryFn: async ({ signal }): Promise<RunnerView[]> => {
      const items = await everyItem((query) =>
        api.call(listRunners, { query: { ...query, full: "true" }, signal }),
      );
      return items.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    // Of a fleet that is read every few seconds only what is another value is drawn again.
    reconcile: "name",
    ...follow("runners"),
  });

/** Gives a runner other labels in place of all that it has. */
export async function setLabels(name: string, labels: Record<string, string>): Promise<void> {
  await api.call(patchRunner, { params: { name }, body: { labels }, signal: AbortSignal.timeout(actMs) });
  await queryClient.invalidateQueries({ queryKey: ["runners"] });
}

/** Lets a runner finish what it has and take nothing new, or take work again. */
export async function setDraining(name: string, isDraining: boolean): Promise<void> {
  await api.call(isDraining ? drainRunner : resumeRunner, {
    params: { name },
    signal: AbortSignal.timeout(actMs),
  });
  await queryClient.invalidateQueries({ queryKey: ["runners"] });
}

/** Revokes a runner for good. */
export async function removeRunner(name: string): Promise<void> {
  await api.call(deleteRunner, { params: { name }, signal: AbortSignal.timeout(actMs) });
  await queryClient.invalidateQueries({ queryKey: ["runners"] });
}

/** Makes a token for one runner, good for an hour; `madeAt` is the gateway's time. */
export async function makeToken(given: {
  pool: string;
  labels: Record<string, string>;
}): Promise<{ token: string; madeAt: string }> {
  const body = { ...given, expiresIn: "1h" };
  const made = await api.call(createEnrolmentToken, { body, signal: AbortSignal.timeout(actMs) });
  return { token: made.token, madeAt: new Date(Date.parse(made.expiresAt) - 3_600_000).toISOString() };
}

/** The newest runners that wanted to enrol since a time and were refused, as the audit has it. */
export const refusedQuery = (since: string) =>
  queryOptions({
    queryKey: ["audit", "refused-runners", since],
    queryFn: async ({ signal }) => {
      const query = { action: "runner.enrol", since, limit: 20 };
      const { items } = await api.call(listAudit, { query, signal });
      return items.filter(({ outcome }) => outcome !== "done").slice(0, refusedMost);
    },
    // Of refusals nobody is told by the stream.
    refetchInterval: refusedEveryMs,
  });
