import { ProblemError } from "@pulse/schema/problem";
import type { LiveSettings, Runtime, VersionSettings } from "@pulse/schema/wire/manifest";
import type { Deps } from "../http/context.ts";
import type { Requires } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";

const cachedMs = 1000;
const cacheMost = 5000;

/** `version_not_ready` of a version that still builds: it names the build that ends this. */
export class StillBuilding extends ProblemError {
  readonly build: { execution: string; pool: string; requires: Requires };
  readonly function: { name: string } & Pick<LiveSettings, "endpoint" | "permissions">;

  constructor({ name, settings }: FunctionRow, { number, runtime }: VersionRow, execution: string) {
    super("version_not_ready", `version ${number} of "${name}" is still building`, { retryAfter: 2 });
    const requires = { runtime, labels: settings.labels, arch: null };
    this.build = { execution, pool: settings.pool, requires };
    this.function = { name, endpoint: settings.endpoint, permissions: settings.permissions };
  }
}

/** What a reference such as `resize`, `resize@3` or `resize@live` names. */
export interface Resolved {
  functionId: string;
  name: string;
  alias: string | null;
  live: LiveSettings;
  version: {
    id: string;
    number: number;
    status: VersionRow["status"];
    runtime: Runtime;
    entry: string;
    settings: VersionSettings;
    bundleSha256: string;
    depsSha256: string | null;
    image: string | null;
  };
}

export interface Resolver {
  /** Throws `not_found`, and `version_not_ready` for a version that still builds or has failed. */
  resolve(project: string, reference: string): Promise<Resolved>;
  /** Who may do what with a function by its own word; null: it says nothing, or is not there. */
  permissionsOf(project: string, name: string): Promise<LiveSettings["permissions"]>;
  /** Something was written: nothing older is answered in this process. */
  forget(): void;
}

const made = new WeakMap<Ports, Resolver>();

/** The resolver of a gateway: one for the same ports. It caches values, never promises, for at most a second. */
export function createResolver(deps: Pick<Deps, "ports">): Resolver {
  const resolver = made.get(deps.ports) ?? newResolver(deps.ports);
  made.set(deps.ports, resolver);
  return resolver;
}

function newResolver(ports: Ports): Resolver {
  const store = createFunctionStore(ports.database);
  const cache = new Map<string, { found: Resolved; readAt: number }>();
  let generation = 0;

  async function read(project: string, reference: string): Promise<Resolved> {
    const at = reference.indexOf("@");
    const name = at < 0 ? reference : reference.slice(0, at);
    const pointer = at < 0 ? "live" : reference.slice(at + 1);
    const row = await store.byName(project, name);
    if (row === null) throw new ProblemError("not_found", `there is no function "${name}"`);
    const numbered = /^[1-9]\d{0,8}$/.test(pointer);
    const version = numbered
      ? await store.versionByNumber(row.id, Number(pointer))
      : ((await store.versionByAlias(row.id, pointer)) ?? (await newlyMade(row, pointer)));
    if (version === null) {
      const what = numbered ? `version ${pointer}` : `alias "${pointer}"`;
      throw new ProblemError("not_found", `function "${name}" has no ${what}`);
    }
    if (version.status !== "ready") throw notReady(row, version);
    const { id, number, status, runtime, entry, settings, bundleSha256, depsSha256, image } = version;
    return {
      functionId: row.id,
      name,
      alias: numbered ? null : pointer,
      live: row.settings,
      version: { id, number, status, runtime, entry, settings, bundleSha256, depsSha256, image },
    };
  }

  /** A name without a live version may have one that still builds, which is worth saying, or has ended building between the reads. */
  async function newlyMade(row: FunctionRow, pointer: string): Promise<VersionRow | null> {
    if (pointer !== "live" || row.latest === 0) return null;
    const newest = await store.versionByNumber(row.id, row.latest);
    if (newest !== null && newest.status !== "ready") return newest;
    return await store.versionByAlias(row.id, pointer);
  }

  return {
    async resolve(project, reference) {
      const key = `${project}~${reference}`;
      const now = ports.now();
      const known = cache.get(key);
      if (known !== undefined && now - known.readAt < cachedMs) return known.found;
      const before = generation;
      const found = await read(project, reference);
      if (cache.size >= cacheMost) cache.clear();
      if (before === generation) cache.set(key, { found, readAt: now });
      return found;
    },
    async permissionsOf(project, name) {
      return (await store.byName(project, name))?.settings.permissions ?? null;
    },
    forget() {
      generation += 1;
      cache.clear();
    },
  };
}

function notReady(row: FunctionRow, version: VersionRow): ProblemError {
  const { name } = row;
  const { status, buildExecution } = version;
  if (status === "building" && buildExecution !== null)
    return new StillBuilding(row, version, buildExecution);
  const why = `failed to build: ${version.error ?? "see its build log"}`;
  return new ProblemError("version_not_ready", `version ${version.number} of "${name}" ${why}`);
}
