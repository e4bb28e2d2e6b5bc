import { formatDuration } from "../duration-text.ts";
import { getFunction, getSource, getVersion, type VersionView } from "../wire/functions.ts";
import { liveSettings, type Manifest, versionSettings } from "../wire/manifest.ts";
import { canonicalText } from "../workflow/canonical.ts";
import { type Applying, type Item, orNull } from "./item.ts";
import type { Shape } from "./plan.ts";

/** The folder of a function, wherever its files lie. */
export interface FunctionFolder {
  manifest: Manifest;
  /** Its settings as they are written. */
  sent: Readonly<Record<string, unknown>>;
  /** Of each file by its path the sha256 in hex. */
  hashes: Readonly<Record<string, string>>;
  sha256(text: string): Promise<string>;
  /** The version or alias that it is compared with; without it, `live`. */
  against?: string;
  /** Makes it a version with this message, moves `live` to it, and waits for its build. Throws `build_failed`. */
  deploy(message: string): Promise<void>;
}

/** A function of the folder: what `live` should be. Its files are compared by their hashes, live settings as far as `pulse.jsonc` names them. */
export async function functionItem(applying: Applying, folder: FunctionFolder): Promise<Item> {
  const { client, signal } = applying;
  const { manifest, sent, hashes: files, sha256 } = folder;
  const { name, runtime, entry } = manifest;
  // Versions never change, so a message that holds the hash of all files says what is in one, also where its source is not shown.
  const message = `pulse apply sha256:${await sha256(canonicalText(files))}`;
  const named = Object.keys(liveSettings.shape).filter((key) => key in sent);
  const wanted = {
    runtime,
    ...(entry === undefined ? {} : { entry }),
    settings: versionedOf(manifest),
    live: pick(shownLive(manifest), named),
    files,
  };
  const deploy = async () => {
    await folder.deploy(message);
    return [];
  };
  return {
    ...{ kind: "function", name, wanted, create: deploy, change: deploy },
    async look(): Promise<Shape | null> {
      const there = await orNull(client.call(getFunction, { params: { name }, signal }));
      if (there === null) return null;
      const live = pick(there.settings, named);
      const params = { name, version: folder.against ?? "live" };
      const version = await orNull(client.call(getVersion, { params, signal }));
      if (version === null) return { live };
      return {
        ...{ runtime: version.runtime, entry: version.entry, settings: version.settings, live },
        files: version.message === message ? files : await filesOf(applying, version, sha256),
      };
    },
  };
}

/** The hashes of a version's files; null for one whose contents are not shown. */
async function filesOf(
  { client, signal }: Applying,
  { function: name, version }: VersionView,
  sha256: FunctionFolder["sha256"],
): Promise<Shape> {
  const params = { name, version: String(version) };
  const { files } = await client.call(getSource, { params, signal });
  const hashed = files.map(
    async ({ path, text }) => [path, text === null ? null : await sha256(text)] as const,
  );
  return Object.fromEntries(await Promise.all(hashed));
}

/** Settings of a version as the API shows them. */
function versionedOf(manifest: Manifest): Shape {
  const { retry, timeout } = manifest;
  return {
    ...pick(manifest, Object.keys(versionSettings.shape)),
    timeout: formatDuration(timeout),
    retry: {
      ...retry,
      backoff: formatDuration(retry.backoff),
      maxBackoff: formatDuration(retry.maxBackoff),
      maxAge: formatDuration(retry.maxAge),
    },
  };
}

/** Live settings as the API shows them. */
function shownLive({ keepAlive, ...manifest }: Manifest): Shape {
  return { ...manifest, ...(keepAlive === undefined ? {} : { keepAlive: formatDuration(keepAlive) }) };
}

function pick(from: object, keys: readonly string[]): Shape {
  return Object.fromEntries(
    Object.entries(from).filter(([key, value]) => keys.includes(key) && value !== undefined),
  );
}
