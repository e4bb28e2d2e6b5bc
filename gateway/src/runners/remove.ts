import type { Deps } from "../http/context.ts";
import { createRunnerStore } from "./store.ts";
import { createRunnerTokens } from "./token.ts";

/** An ephemeral runner that nobody has seen for this long will not come back. */
const ephemeralOfflineMs = 3_600_000;

/** Revokes a runner: its tokens are refused from now on, its name is free and its leases are resolved at once. */
export async function removeRunner(deps: Pick<Deps, "ports" | "hub">, id: string): Promise<void> {
  await createRunnerStore(deps.ports.database).revoke(id, deps.ports.now());
  createRunnerTokens(deps.ports).revoke(id);
  await deps.hub.runnerChanged({ id, record: null });
}

/** Removes a project's ephemeral runners that went away without leaving. Done when runners are enrolled or listed: only then does it matter. */
export async function removeLeftEphemeral(deps: Pick<Deps, "ports" | "hub">, project: string): Promise<void> {
  const before = deps.ports.now() - ephemeralOfflineMs;
  const left = await createRunnerStore(deps.ports.database).ephemeralUnseenSince(project, before);
  if (left.length === 0) return;
  const live = await deps.hub.runnersLive({ ids: left });
  const seen = new Set(live.filter(({ lastSeenAt }) => (lastSeenAt ?? 0) >= before).map(({ id }) => id));
  for (const id of left) if (!seen.has(id)) await removeRunner(deps, id);
}
