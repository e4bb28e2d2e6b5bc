import { ProblemError } from "@pulse/schema/problem";
import type { LiveSettings, Runtime, VersionSettings } from "@pulse/schema/wire/manifest";
import type { Deps } from "../http/context.ts";
import type { Requires } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { drawBytes, isDrawn } from "./aliases/draw.ts";
import { createAliasStore, type Pointed } from "./aliases/store.ts";
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
  /** Of an alias that is split, one of its versions by their weights. Throws `not_found`, and `version_not_ready` for a version that still builds or has failed. */
  resolve(project: string, reference: string): Promise<Resolved>;
  /** Everything that a call of this reference may be given; it throws what `resolve` does. */
  all(project: string, reference: string): Promise<Resolved[]>;
  /** Who may do what with a function by its own word; null: it says nothing, or is not there. */
  permissionsOf(project: string, name: string): Promise<LiveSettings["permissions"]>;
  /** Something was written: nothing older is answered in this process. */
  forget(): void;
}

/** What a reference names, and of a split the second version with its percent of the calls. */
interface Standing {
  first: Resolved;
  second: Resolved | null;
  weight: number;
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
  const aliases = createAliasStore(ports.database);
  const cache = new Map<string, { found: Standing; readAt: number }>();
  let generation = 0;

  async function read(project: string, reference: string): Promise<Standing> {
    const at = reference.indexOf("@");
    const name = at < 0 ? reference : reference.slice(0, at);
    const pointer = at < 0 ? "live" : reference.slice(at + 1);
    const row = await store.byName(project, name);
    if (row === null) throw new ProblemError("not_found", `there is no function "${name}"`);
    const numbered = /^[1-9]\d{0,8}$/.test(pointer);
    const pointed = numbered
      ? alone(await store.versionByNumber(row.id, Number(pointer)))
      : ((await aliases.pointed(row.id, pointer)) ?? (await newlyMade(row, pointer)));
    if (pointed === null) {
      const what = numbered ? `version ${pointer}` : `alias "${pointer}"`;
      throw new ProblemError("not_found", `function "${name}" has no ${what}`);
    }
    const { version, canary, weight, guard } = pointed;
    if (version.status !== "ready") throw notReady(row, version);
    const alias = numbered ? null : pointer;
    const second = canary === null ? null : resolved(row, alias, canary);
    if (second !== null && guard !== null) ports.splitSeen?.();
    return { first: resolved(row, alias, version), second, weight: weight ?? 0 };
  }

  /** A name without a live version may have one that still builds, which is worth saying, or has ended building between the reads. */
  async function newlyMade(row: FunctionRow, pointer: string): Promise<Pointed | null> {
    if (pointer !== "live" || row.latest === 0) return null;
    const newest = await store.versionByNumber(row.id, row.latest);
    if (newest !== null && newest.status !== "ready") return alone(newest);
    return await aliases.pointed(row.id, pointer);
  }

  async function standing(project: string, reference: string): Promise<Standing> {
    const key = `${project}~${reference}`;
    const now = ports.now();
    const known = cache.get(key);
    if (known !== undefined && now - known.readAt < cachedMs) return known.found;
    const before = generation;
    const found = await read(project, reference);
    if (cache.size >= cacheMost) cache.clear();
    if (before === generation) cache.set(key, { found, readAt: now });
    return found;
  }

  return {
    async resolve(project, reference) {
      const { first, second, weight } = await standing(project, reference);
      return second !== null && isDrawn(weight, ports.random(drawBytes)) ? second : first;
    },
    async all(project, reference) {
      const { first, second } = await standing(project, reference);
      return second === null ? [first] : [first, second];
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

const alone = (version: VersionRow | null): Pointed | null =>
  version === null ? null : { version, canary: null, weight: null, guard: null };

function resolved(
  { id: functionId, name, settings: live }: FunctionRow,
  alias: string | null,
  version: VersionRow,
): Resolved {
  const { id, number, status, runtime, entry, settings, bundleSha256, depsSha256, image } = version;
  return {
    ...{ functionId, name, alias, live },
    version: { id, number, status, runtime, entry, settings, bundleSha256, depsSha256, image },
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
