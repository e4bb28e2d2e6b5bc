import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/kv";
import { createResolver } from "../functions/resolve.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { deleteEntry, getEntry, listEntries, setEntry } from "./entries.ts";
import { kvOfJob } from "./from-job.ts";
import { ownSpace, sharedSpace } from "./space-of.ts";
import { createKvStore, type Place } from "./store.ts";

const sharedPrefix = "shared:";
const secret = { "cache-control": "no-store" };

/** Mounts the key-value store: for people and keys, and for running jobs. */
export function mountKv(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createKvStore(ports.database);

  const placeOf = async ({ project }: Principal, given: string): Promise<Place> => {
    if (given.startsWith(sharedPrefix))
      return { project, space: sharedSpace(given.slice(sharedPrefix.length)) };
    const id = await store.functionId(project, given);
    if (id === null) throw new ProblemError("not_found", `there is no function "${given}"`);
    return { project, space: ownSpace(id) };
  };
  /** Where somebody may write: into a function's own space whom its own word lets change it. */
  const writable = async (by: Principal, given: string) => {
    const place = await placeOf(by, given);
    if (!given.startsWith(sharedPrefix)) {
      const { project } = by;
      const permissions = await createResolver(deps).permissionsOf(project, given);
      requireMay(by, "deploy", { project, name: given, permissions });
    }
    return { ...place, writer: null };
  };

  bind(app, deps, wire.listKvSpaces, async ({ principal }) => {
    const found = await store.spaces(principal.project);
    const items = found.flatMap(({ space, name, entries, bytes }) => {
      const shared = space.startsWith("shared ") ? `${sharedPrefix}${space.slice("shared ".length)}` : null;
      const shown = name ?? shared;
      return shown === null ? [] : [{ space: shown, entries, bytes }];
    });
    const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
    const { entries, projectBytes } = wire.kvLimits;
    return { body: { items, bytes, most: { entries, bytes: projectBytes } } };
  });
  bind(app, deps, wire.listKv, async ({ principal, params, query }) => {
    const { prefix, cursor = null, limit } = query;
    const place = await placeOf(principal, params.space);
    return { headers: secret, body: await listEntries(ports, place, { prefix, after: cursor, limit }) };
  });
  bind(app, deps, wire.getKv, async ({ principal, params, query }) => {
    const found = await getEntry(ports, await placeOf(principal, params.space), query.key);
    if (found === null) throw nothingAt(query.key);
    return { headers: secret, body: found };
  });
  bind(app, deps, wire.putKv, async ({ principal, params, query, body }) => {
    const access = await writable(principal, params.space);
    return { body: await setEntry(ports, access, { ...body, key: query.key }) };
  });
  bind(app, deps, wire.deleteKv, async ({ principal, params, query }) => {
    if (!(await deleteEntry(ports, await writable(principal, params.space), query)))
      throw nothingAt(query.key);
    return { status: 204 };
  });
  bind(app, deps, wire.kvFromJob, async ({ holder, fence, params, body }) => ({
    headers: secret,
    body: { value: await kvOfJob(deps, { holder, execution: params.id, fence }, body) },
  }));
}

function nothingAt(key: string): ProblemError {
  return new ProblemError("not_found", `there is nothing under ${JSON.stringify(key)}`);
}
