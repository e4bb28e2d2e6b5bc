import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { FleetRunner } from "@pulse/schema/workflow/fleet";
import { resolveTargets } from "@pulse/schema/workflow/resolve-targets";
import type { Hub, RunnerLive } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { createRunnerStore, type RunnerRow } from "../../runners/store.ts";
import type { ResolveTargets } from "../advance/commands.ts";
import type { Resolved } from "../runs/outside.ts";

const pageSize = 500;
/** A shorter absence is waited for. */
const offlineAfterMs = 300_000;

/** Every runner of a project as targets see it. */
export async function readFleet(
  { ports, hub }: { ports: Ports; hub: Hub },
  project: string,
): Promise<FleetRunner[]> {
  const store = createRunnerStore(ports.database);
  const rows: RunnerRow[] = [];
  for (let after: string | null = null; ; ) {
    const page: RunnerRow[] = await store.list(project, after, pageSize);
    rows.push(...page);
    if (page.length < pageSize) break;
    after = page.at(-1)?.name ?? null;
  }
  if (rows.length === 0) return [];
  const live = await hub.runnersLive({ ids: rows.map(({ id }) => id) });
  const byId = new Map(live.map((one) => [one.id, one]));
  return rows.map((row) => runnerOf(row, byId.get(row.id), ports.now()));
}

/** The runners that a step is for, now. */
export async function resolveNow(
  deps: { ports: Ports; hub: Hub },
  project: string,
  { targets, context }: ResolveTargets,
): Promise<Resolved> {
  const {
    verdict,
    reason,
    targets: found,
  } = resolveTargets(targets, await readFleet(deps, project), context);
  return { verdict, reason, targets: found };
}

function runnerOf(row: RunnerRow, live: RunnerLive | undefined, now: number): FleetRunner {
  const { id, name, pool, labels, facts, state, slots } = row;
  const seen = Math.max(live?.lastSeenAt ?? 0, row.lastSeenAt ?? 0);
  const agoMs = now - seen;
  const presence =
    agoMs < leaseNumbers.onlineMs ? "online" : seen > 0 && agoMs < offlineAfterMs ? "unreachable" : "offline";
  return {
    ...{ id, name, pool, labels, state, slots, presence, running: live?.running ?? 0 },
    os: facts?.os ?? null,
    arch: facts?.arch ?? null,
    cpus: facts?.cpus ?? null,
    // Written from what the runner protocol accepted as metrics.
    metrics: (live?.metrics ?? row.metrics ?? null) as FleetRunner["metrics"],
  };
}
