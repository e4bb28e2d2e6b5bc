import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLater } from "@pulse/schema/version-order";
import { faultOfChangelog, withRelease } from "./changelog.ts";
import { isVersion, places, versionsOf, withVersion } from "./places.ts";

const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");

/** The version that all places of a checkout name. Throws, with the places, when they differ or one names none. */
export function versionOf(root: string): string {
  const found = places.map((place) => ({ place, versions: versionsOf(read(root, place.path), place) }));
  const all = new Set(found.flatMap(({ versions }) => versions));
  const [version] = all;
  if (version === undefined || all.size > 1 || found.some(({ versions }) => versions.length === 0)) {
    const lines = found.map(({ place, versions }) => `  ${place.path}: ${versions.join(", ") || "none"}`);
    throw new Error(`the places that name the version differ:\n${lines.join("\n")}`);
  }
  return version;
}

/**
 * Makes a checkout the release `version` of a day (`2026-01-31`): every place that names the version, and the changelog, whose unreleased entries get
 * its heading. Answers the paths that it changed. Throws what is wrong, before anything is changed.
 */
export function prepareRelease(root: string, version: string, day: string): string[] {
  if (!isVersion(version)) throw new Error(`a version is like 0.2.0 or 0.2.0-rc.1, got ${version}`);
  const now = versionOf(root);
  const changelog = read(root, "CHANGELOG.md");
  // The first one is released as what it has always been called.
  const isFirst = version === now && !/^## \d/m.test(changelog);
  if (!isFirst && !isLater(version, now)) throw new Error(`${version} does not come after ${now}`);
  const fault = faultOfChangelog(changelog, version);
  if (fault !== null) throw new Error(fault);
  const changed: string[] = [];
  const write = (path: string, text: string) => {
    if (text === read(root, path)) return;
    writeFileSync(join(root, path), text);
    changed.push(path);
  };
  for (const place of places) write(place.path, withVersion(read(root, place.path), place, version));
  write("CHANGELOG.md", withRelease(changelog, version, day));
  return changed;
}
