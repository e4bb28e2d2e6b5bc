import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { mayMove } from "@pulse/schema/wire/image";
import { type LiveSettings, liveSettings } from "@pulse/schema/wire/manifest";
import { actorOf } from "../http/actor.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { checkNamedSecrets } from "../secrets/named.ts";
import { quotaBookOf } from "../usage/quota-book.ts";
import { resubmitLost, submitBuild } from "./build.ts";
import { newVersion, pack, type Source } from "./pack.ts";
import { createResolver } from "./resolve.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";

/** What a deploy brings. */
export interface Deploy extends Source {
  name: string;
  message: string | undefined;
  /** Who deploys. */
  by: Principal;
  /** The alias that moves when the version is ready; null: none. */
  alias: string | null;
  /** How long that alias lasts from then on, milliseconds; null: as long as it did. */
  ttlMs?: number | null;
}

/** Takes a deploy: an immutable version that is building, or the one that stands when nothing changed (then the alias moves at once). */
export async function deploy(
  deps: Deps,
  project: string,
  given: Deploy,
): Promise<{ version: VersionRow; isNew: boolean }> {
  const { ports } = deps;
  const { name, alias, ttlMs = null } = given;
  const store = createFunctionStore(ports.database);
  const packed = await pack(given);
  await checkNamedSecrets(ports, project, packed.versioned.secrets);
  const { live } = packed;
  const now = ports.now();
  // Live settings rule the function that callers meet, so only a deploy that is to be met changes them.
  const known = await store.byName(project, name);
  if (known !== null) requireMayChange(given.by, known);
  const isNew = known === null;
  const row = await ensureFunction(deps, project, name, isNew || alias === "live" ? live : {});

  // What a tag stands for is known when it is pulled, so a deploy with one is never taken for unchanged.
  const { image } = packed.versioned;
  const isOpen = image !== undefined && mayMove(image);
  const standing = isOpen ? null : await store.versionByContent(row.id, packed.contentSha256);
  const submitted = { name, live: { ...row.settings, ...live } };
  if (standing !== null) {
    await resubmitLost(deps, standing, submitted);
    if (alias !== null && standing.status === "ready") {
      const functionId = row.id;
      const movedBy = actorOf(given.by);
      await store.moveAlias({
        project,
        functionId,
        name: alias,
        versionId: standing.id,
        movedAt: now,
        movedBy,
        ...(ttlMs === null ? {} : { expiresAt: now + ttlMs }),
      });
      createResolver(deps).forget();
    }
    return { version: standing, isNew: false };
  }

  const of = {
    project,
    functionId: row.id,
    message: given.message ?? null,
    createdBy: actorOf(given.by),
    moveAlias: alias,
    moveTtlMs: ttlMs,
  };
  const made = await newVersion(ports, packed, of);
  const version = { ...made, number: await store.insertVersion(made, made.createdAt) };
  await submitBuild(deps, version, submitted, made.buildExecution);
  return { version, isNew: true };
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
  await quotaBookOf(deps).admitDeploy(project, known === null);
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

/** Throws `forbidden` for somebody whom a function's own permissions do not let change it. */
export function requireMayChange(by: Principal, { project, name, settings }: FunctionRow): void {
  requireMay(by, "deploy", { project, name, permissions: settings.permissions });
}
