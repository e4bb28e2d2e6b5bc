import { ProblemError } from "@pulse/schema/problem";
import type { DraftBuildView } from "@pulse/schema/wire/drafts";
import { deploySettings, type LiveSettings, liveSettings } from "@pulse/schema/wire/manifest";
import { invalid } from "../../http/bind.ts";
import type { Deps } from "../../http/context.ts";
import type { Ports } from "../../ports.ts";
import { checkNamedSecrets } from "../../secrets/named.ts";
import { buildError, resubmitLost, submitBuild } from "../build.ts";
import { newVersion, pack } from "../pack.ts";
import { createFunctionStore, type VersionRow } from "../store.ts";
import { contentOf } from "../upload.ts";
import { createDraftStore, type DraftRow } from "./store.ts";

/** Who asks again within this hears of the same failure; later it is built again, for it may have been the network. */
const failureMs = 10_000;

/** A draft and the version that its files and settings make, which only its runs know. */
export interface BuiltDraft {
  draft: DraftRow;
  version: VersionRow;
  live: LiveSettings;
  /** These files and settings had been built already, or are being built. */
  isReused: boolean;
}

/**
 * Begins to build a draft, unless the same files and settings were built already and are still kept. Throws `invalid_bundle`, and
 * `validation_failed` for settings that are not valid yet.
 */
export async function beginBuild(deps: Deps, draft: DraftRow): Promise<BuiltDraft> {
  const { ports } = deps;
  const { project, name, ownerId, runtime } = draft;
  const settings = deploySettings.safeParse(draft.settings);
  if (!settings.success) throw invalid(settings.error, "/settings");
  const files = Object.entries(draft.files).map(([path, content]) => ({ path, content: contentOf(content) }));
  if (files.length === 0 && runtime !== "image")
    throw new ProblemError("invalid_bundle", `the draft of "${name}" has no files`);
  const packed = await pack({ runtime, entry: draft.entry ?? undefined, files, settings: settings.data });
  await checkNamedSecrets(ports, project, packed.versioned.secrets);
  const known = await createFunctionStore(ports.database).byName(project, name);
  // Nobody but its author calls a draft: the limit of the function's callers is not for it.
  const live = { ...(known?.settings ?? liveSettings.parse({})), ...packed.live, maxConcurrency: null };

  const store = createDraftStore(ports.database);
  const standing = await store.versionByContent(ownerId, packed.contentSha256, ports.now() - failureMs);
  const submitted = { name, live, isDraft: true };
  if (standing !== null) {
    await resubmitLost(deps, standing, submitted);
    return { draft, version: standing, live, isReused: true };
  }
  const of = { project, functionId: ownerId, message: null, createdBy: null, moveAlias: null };
  const made = await newVersion(ports, packed, of);
  await store.insertVersion(made);
  const version = { ...made, number: 0 };
  await submitBuild(deps, version, submitted, made.buildExecution);
  return { draft, version, live, isReused: false };
}

/** A draft's build as the control API shows it. */
export async function buildView(
  ports: Ports,
  { version, isReused }: Pick<BuiltDraft, "version" | "isReused">,
): Promise<DraftBuildView> {
  const error = await buildError(ports, version);
  return {
    execution: version.buildExecution,
    status: version.status,
    reused: isReused,
    error,
    schema: (version.schema ?? null) as DraftBuildView["schema"],
  };
}
