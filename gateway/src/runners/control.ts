import { ProblemError } from "@pulse/schema/problem";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { RunnerView } from "@pulse/schema/wire/runners";
import type { Deps } from "../http/context.ts";
import { fromBase64Url, toBase64Url } from "../http/encoding.ts";
import { badCursor } from "../http/paging.ts";
import type { RunnerLive } from "../hub.ts";
import { removeLeftEphemeral, removeRunner } from "./remove.ts";
import { createRunnerStore, type RunnerRow, recordOf } from "./store.ts";
import { namesOfVersions } from "./warm-functions.ts";

/** How a runner that was last seen `agoMs` ago is shown. */
export function presenceOf(agoMs: number | null): RunnerView["status"] {
  if (agoMs === null || agoMs >= leaseNumbers.lostAfterMs) return "offline";
  return agoMs < leaseNumbers.onlineMs ? "online" : "unreachable";
}

type Names = Awaited<ReturnType<typeof namesOfVersions>>;

function viewOf(row: RunnerRow, live: RunnerLive | undefined, names: Names, now: number): RunnerView {
  const seen = Math.max(live?.lastSeenAt ?? 0, row.lastSeenAt ?? 0);
  const metrics = live?.metrics ?? row.metrics;
  return {
    id: row.id,
    name: row.name,
    pool: row.pool,
    labels: row.labels,
    status: presenceOf(seen === 0 ? null : now - seen),
    state: row.state,
    version: row.version,
    capabilities: row.capabilities,
    preparing: live === undefined ? row.preparing : live.preparing,
    running: live?.running ?? 0,
    slots: row.slots,
    lastSeenAt: seen === 0 ? null : new Date(seen).toISOString(),
    // Written from what the runner protocol accepted as metrics.
    metrics: metrics as RunnerView["metrics"],
    ...(live?.samples === undefined ? {} : { samples: live.samples }),
    ...(live?.warm === undefined ? {} : { warm: live.warm.flatMap((id) => names.get(id) ?? []) }),
    facts:
      row.facts === null
        ? null
        : { ...row.facts, ...(live === undefined ? {} : { runtimes: live.runtimes }) },
  };
}

async function viewsOf(deps: Deps, rows: readonly RunnerRow[], inFull = false): Promise<RunnerView[]> {
  const project = rows[0]?.project;
  if (project === undefined) return [];
  const live = await deps.hub.runnersLive({ ids: rows.map(({ id }) => id), inFull });
  const byId = new Map(live.map((one) => [one.id, one]));
  const warm = new Set(live.flatMap((one) => one.warm ?? []));
  const names = await namesOfVersions(deps.ports.database, project, [...warm]);
  const now = deps.ports.now();
  return rows.map((row) => viewOf(row, byId.get(row.id), names, now));
}

/** One page of a project's runners by name. Throws `validation_failed` for a cursor that is none. */
export async function listRunners(
  deps: Deps,
  project: string,
  query: { limit: number; cursor?: string | undefined; full?: "true" | undefined },
): Promise<{ items: RunnerView[]; nextCursor: string | null }> {
  const after = query.cursor === undefined ? null : nameOf(query.cursor);
  await removeLeftEphemeral(deps, project);
  const rows = await createRunnerStore(deps.ports.database).list(project, after, query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? page.at(-1) : undefined;
  return {
    items: await viewsOf(deps, page, query.full === "true"),
    nextCursor: last === undefined ? null : toBase64Url(last.name),
  };
}

/** The runners of these names as they are now; one that is gone is left out. */
export async function runnersByName(
  deps: Deps,
  project: string,
  names: readonly string[],
): Promise<Map<string, RunnerView>> {
  const views = await viewsOf(deps, await createRunnerStore(deps.ports.database).named(project, names));
  return new Map(views.map((view) => [view.name, view]));
}

/** Changes a runner's name, labels or state, and tells the hub. Throws `not_found`, `name_taken`. */
export async function changeRunner(
  deps: Deps,
  project: string,
  name: string,
  change: {
    name?: string | undefined;
    labels?: Record<string, string> | undefined;
    state?: RunnerRow["state"];
  },
): Promise<{ before: RunnerRow; view: RunnerView }> {
  const store = createRunnerStore(deps.ports.database);
  const found = await named(deps, project, name);
  if (
    change.name !== undefined &&
    change.name !== name &&
    (await store.byName(project, change.name)) !== null
  ) {
    throw new ProblemError("name_taken", `a runner named ${JSON.stringify(change.name)} exists`);
  }
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.labels === undefined ? {} : { labels: change.labels }),
    ...(change.state === undefined ? {} : { state: change.state }),
  };
  const row = Object.keys(set).length === 0 ? found : await store.change(found.id, set, deps.ports.now());
  if (row === null) throw missing(name);
  await deps.hub.runnerChanged({ id: row.id, record: recordOf(row) });
  const [view] = await viewsOf(deps, [row]);
  if (view === undefined) throw missing(name);
  return { before: found, view };
}

/** Revokes a runner: its tokens are refused from now on and its leases resolved at once. Throws `not_found`. */
export async function deleteRunner(deps: Deps, project: string, name: string): Promise<void> {
  const row = await named(deps, project, name);
  await removeRunner(deps, row.id);
}

async function named(deps: Deps, project: string, name: string): Promise<RunnerRow> {
  const row = await createRunnerStore(deps.ports.database).byName(project, name);
  if (row === null) throw missing(name);
  return row;
}

function nameOf(cursor: string): string {
  try {
    return new TextDecoder().decode(fromBase64Url(cursor));
  } catch (cause) {
    throw badCursor(cause);
  }
}

function missing(name: string): ProblemError {
  return new ProblemError("not_found", `there is no runner named ${JSON.stringify(name)}`);
}
