import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import {
  type DeploySettings,
  type LiveSettings,
  liveSettings,
  type Runtime,
  type VersionSettings,
  versionSettings,
} from "@pulse/schema/wire/manifest";
import type { Deps } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { submitBuild } from "./build.ts";
import { entryOf } from "./entry.ts";
import { createResolver } from "./resolve.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";
import { type BundleFile, checkFiles, writeTar } from "./tar.ts";

/** What a deploy brings. */
export interface Deploy {
  name: string;
  runtime: Runtime;
  entry: string | undefined;
  files: readonly BundleFile[];
  settings: DeploySettings;
  message: string | undefined;
  /** The alias that moves when the version is ready; null: none. */
  alias: string | null;
}

/** Takes a deploy: an immutable version that is building, or the one that stands when nothing changed (then the alias moves at once). */
export async function deploy(
  deps: Deps,
  project: string,
  given: Deploy,
): Promise<{ version: VersionRow; isNew: boolean }> {
  const { ports } = deps;
  const store = createFunctionStore(ports.database);
  checkAuth(given.settings);
  const files = checkFiles(given.files);
  const entry = entryOf(
    given.runtime,
    files.map(({ path }) => path),
    given.entry,
  );
  const { versioned, live } = splitSettings(given.settings);
  const now = ports.now();
  // Live settings rule the function that callers meet, so only a deploy that is to be met changes them.
  const isNew = (await store.byName(project, given.name)) === null;
  const row = await ensureFunction(deps, project, given.name, isNew || given.alias === "live" ? live : {});

  const tar = writeTar(files);
  const contentSha256 = await sha256Hex(
    `${await sha256Hex(tar)}\n${given.runtime}\n${entry}\n${canonical(versioned)}`,
  );
  const standing = await store.versionByContent(row.id, contentSha256);
  if (standing !== null) {
    if (given.alias !== null && standing.status === "ready") {
      await store.moveAlias({
        project,
        functionId: row.id,
        name: given.alias,
        versionId: standing.id,
        movedAt: now,
      });
      createResolver(deps).forget();
    }
    return { version: standing, isNew: false };
  }

  const bundle = new Uint8Array(await ports.gzip(tar));
  const bundleSha256 = await sha256Hex(bundle);
  await ports.blobs.put(bundleSha256, bundle);
  const id = makeId("version", now, ports.random(10));
  const buildExecution = makeId("execution", now, ports.random(10));
  const version: Omit<VersionRow, "number"> = {
    id,
    project,
    functionId: row.id,
    status: "building",
    runtime: given.runtime,
    entry,
    settings: versioned,
    contentSha256,
    bundleSha256,
    bundleBytes: bundle.length,
    depsSha256: null,
    buildKey: null,
    buildExecution,
    kinds: [],
    schema: null,
    message: given.message ?? null,
    error: null,
    moveAlias: given.alias,
    createdAt: now,
    readyAt: null,
  };
  const number = await store.insertVersion(version, now);
  const settings = { ...row.settings, ...live };
  await submitBuild(deps, { ...version, number }, { name: given.name, live: settings }, buildExecution);
  return { version: { ...version, number }, isNew: true };
}

/** The function of this name, made when it is new, its live settings changed where the deploy names some. */
export async function ensureFunction(
  deps: Deps,
  project: string,
  name: string,
  live: Partial<LiveSettings>,
): Promise<FunctionRow> {
  const { ports } = deps;
  const store = createFunctionStore(ports.database);
  const now = ports.now();
  const known = await store.byName(project, name);
  if (known === null) {
    const settings: LiveSettings = { ...liveSettings.parse({}), ...live };
    const id = makeId("function", now, ports.random(10));
    await store.insert({ id, project, name, settings, latest: 0, createdAt: now, updatedAt: now });
    const made = await store.byName(project, name);
    if (made === null) throw new ProblemError("conflict", `function "${name}" was deleted meanwhile`);
    return made;
  }
  if (Object.keys(live).length === 0) return known;
  return changeSettings(deps, known, { ...known.settings, ...live });
}

/** Writes live settings; running work that is capped hears of a new cap. */
export async function changeSettings(
  deps: Deps,
  row: FunctionRow,
  settings: LiveSettings,
): Promise<FunctionRow> {
  const now = deps.ports.now();
  await createFunctionStore(deps.ports.database).saveSettings(row.id, settings, now);
  createResolver(deps).forget();
  if (row.settings.maxConcurrency !== settings.maxConcurrency) {
    await deps.hub.capChanged({ key: row.id, max: settings.maxConcurrency });
  }
  return { ...row, settings, updatedAt: now };
}

/** Only `key` and `public` endpoints can be checked so far. Throws `validation_failed`. */
export function checkAuth(settings: { endpoint?: { auth: string } | undefined }): void {
  const auth = settings.endpoint?.auth;
  if (auth === undefined || auth === "key" || auth === "public") return;
  const detail = `endpoint.auth must be "key" or "public" in this version, got "${auth}"`;
  throw new ProblemError("validation_failed", detail, {
    errors: [{ pointer: "/settings/endpoint/auth", detail }],
  });
}

function splitSettings(settings: DeploySettings): {
  versioned: VersionSettings;
  live: Partial<LiveSettings>;
} {
  const versionedNames = new Set(Object.keys(versionSettings.shape));
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  const pick = (wanted: boolean) =>
    Object.fromEntries(entries.filter(([name]) => versionedNames.has(name) === wanted));
  // deploySettings is exactly these two, its live half optional.
  return { versioned: pick(true) as VersionSettings, live: pick(false) as Partial<LiveSettings> };
}

/** JSON with its keys sorted at every depth, so that equal settings have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
