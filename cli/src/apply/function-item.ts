import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "@pulse/schema/duration-text";
import { getFunction, getSource, getVersion, type VersionView } from "@pulse/schema/wire/functions";
import { liveSettings, type Manifest, versionSettings } from "@pulse/schema/wire/manifest";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { deployProject } from "../commands/deploy.ts";
import type { Project } from "../commands/manifest.ts";
import type { Session } from "../session.ts";
import { type Item, orNull } from "./item.ts";
import type { Shape } from "./plan.ts";

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

/** A function of the folder: what `live` should be. Its files are compared by their hashes, live settings as far as `pulse.jsonc` names them. */
export function functionItem(session: Session, dir: string, project: Project): Item {
  const { client, signal } = session;
  const { name, runtime, entry } = project.manifest;
  const files = Object.fromEntries(
    project.paths.map((path) => [path, sha256(readFileSync(join(dir, path)))]),
  );
  // Versions never change, so a message that holds the hash of all files says what is in one, also where its source is not shown.
  const message = `pulse apply sha256:${sha256(canonicalText(files))}`;
  const named = Object.keys(liveSettings.shape).filter((key) => key in project.sent);
  const wanted = {
    runtime,
    ...(entry === undefined ? {} : { entry }),
    settings: versionedOf(project.manifest),
    live: pick(shownLive(project.manifest), named),
    files,
  };
  const deploy = async () => {
    await deployProject(session, dir, project, { message });
    return [];
  };
  return {
    ...{ kind: "function", name, wanted, create: deploy, change: deploy },
    async look(): Promise<Shape | null> {
      const there = await orNull(client.call(getFunction, { params: { name }, signal }));
      if (there === null) return null;
      const live = pick(there.settings, named);
      const params = { name, version: "live" };
      const version = await orNull(client.call(getVersion, { params, signal }));
      if (version === null) return { live };
      return {
        ...{ runtime: version.runtime, entry: version.entry, settings: version.settings, live },
        files: version.message === message ? files : await filesOf(session, version),
      };
    },
  };
}

/** The hashes of a version's files; null for one whose contents are not shown. */
async function filesOf({ client, signal }: Session, { function: name, version }: VersionView) {
  const params = { name, version: String(version) };
  const source = await client.call(getSource, { params, signal });
  return Object.fromEntries(
    source.files.map(({ path, text }) => [path, text === null ? null : sha256(text)]),
  );
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
