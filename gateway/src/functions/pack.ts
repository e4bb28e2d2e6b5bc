import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { imageFaults } from "@pulse/schema/wire/image";
import {
  type DeploySettings,
  type LiveSettings,
  type Runtime,
  type VersionSettings,
  versionSettings,
} from "@pulse/schema/wire/manifest";
import { styleFaults } from "@pulse/schema/wire/style";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { entryOf } from "./entry.ts";
import type { VersionRow } from "./store.ts";
import { type BundleFile, checkFiles, writeTar } from "./tar.ts";

/** Code and settings as they are written. */
export interface Source {
  runtime: Runtime;
  entry: string | undefined;
  files: readonly BundleFile[];
  settings: DeploySettings;
}

/** Code and settings as a version will hold them. */
export interface Packed {
  runtime: Runtime;
  entry: string;
  versioned: VersionSettings;
  /** The live settings that the source names. */
  live: Partial<LiveSettings>;
  tar: Uint8Array<ArrayBuffer>;
  /** Equal for equal files and versioned settings. */
  contentSha256: string;
}

/** A version that has no number yet. */
export type NewVersion = Omit<VersionRow, "number"> & { buildExecution: string };

/** Checks code and settings and packs them. Throws `invalid_bundle`, `validation_failed`. */
export async function pack({ runtime, entry: named, files, settings }: Source): Promise<Packed> {
  checkAuth(settings);
  checkTogether({ ...settings, runtime, entry: named });
  const checked = checkFiles(files, runtime === "image" ? 0 : 1);
  const paths = checked.map(({ path }) => path);
  const entry = entryOf(runtime, paths, named, settings);
  const { versioned, live } = splitSettings(settings);
  const tar = writeTar(checked);
  const text = `${await sha256Hex(tar)}\n${runtime}\n${entry}\n${canonical(versioned)}`;
  return { runtime, entry, versioned, live, tar, contentSha256: await sha256Hex(text) };
}

/** Stores the bundle and makes the version of it, which is building. */
export async function newVersion(
  ports: Ports,
  { runtime, entry, versioned, tar, contentSha256 }: Packed,
  of: {
    project: string;
    functionId: string;
    message: string | null;
    createdBy: string | null;
    moveAlias: string | null;
    moveTtlMs?: number | null;
  },
): Promise<NewVersion> {
  const bundle = new Uint8Array(await ports.gzip(tar));
  const bundleSha256 = await sha256Hex(bundle);
  await ports.blobs.put(bundleSha256, bundle);
  const now = ports.now();
  return {
    moveTtlMs: null,
    ...of,
    id: makeId("version", now, ports.random(10)),
    status: "building",
    runtime,
    entry,
    settings: versioned,
    contentSha256,
    bundleSha256,
    bundleBytes: bundle.length,
    depsSha256: null,
    buildKey: null,
    image: null,
    buildExecution: makeId("execution", now, ports.random(10)),
    kinds: [],
    schema: null,
    error: null,
    createdAt: now,
    readyAt: null,
  };
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

/** Throws `validation_failed` when runtime and settings do not go together. */
function checkTogether(written: Parameters<typeof imageFaults>[0] & Parameters<typeof styleFaults>[0]): void {
  const faults = [...imageFaults(written), ...styleFaults(written)];
  if (faults.length === 0) return;
  const errors = faults.map(({ setting, detail }) => ({
    pointer: setting === "entry" ? "/entry" : `/settings/${setting}`,
    detail,
  }));
  throw new ProblemError("validation_failed", errors.map(({ detail }) => detail).join("; "), { errors });
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
