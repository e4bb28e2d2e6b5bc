import { isDefinition } from "@pulse/schema/apply/definition-file";
import { isIgnored, manifestNames } from "@pulse/schema/apply/function-files";
import { parseJsonc } from "@pulse/schema/apply/jsonc";
import type { Layout, Read, Wrong } from "@pulse/schema/apply/layout";
import { type Manifest, manifest } from "@pulse/schema/wire/manifest";
import type { BundleFile } from "../functions/tar.ts";
import { excessOf, folderMost, twiceIn } from "./folder-bounds.ts";
import {
  definitionPlaces,
  functionsTop,
  layoutAt,
  layoutPath,
  listedFunctions,
  textOf,
  wrongAt,
} from "./read-layout.ts";

/** A function's folder of a repository. */
export interface ReadFunction {
  dir: string;
  manifest: Manifest;
  sent: Record<string, unknown>;
  files: BundleFile[];
}

/** What a folder of a repository says. Paths are from the top of the repository. */
export interface ReadFolder {
  layout: Layout;
  written: Layout;
  functions: ReadFunction[];
  /** Not looked into yet. */
  workflows: { path: string; text: string }[];
}

/** Reads a folder with a `pulse.yaml` as `pulse apply` does: what it says, or everything that is wrong in its files. */
export function readFiles(
  all: readonly BundleFile[],
  folder: string,
  read: Read = layoutAt(all, folder),
): ReadFolder | { wrong: Wrong[] } {
  if (!("layout" in read)) return { wrong: read.wrong };
  const path = layoutPath(folder);
  const wrong: Wrong[] = [];
  const kept = <T>(one: T | Wrong): T[] => {
    if (!isWrong(one)) return [one];
    wrong.push(one);
    return [];
  };
  const dirs = listedFunctions(read.layout, folder) ?? foundFunctions(all, functionsTop(folder));
  const listed = definitionPlaces(read.layout, folder);
  const many = Math.max(dirs.length, listed.length);
  if (many > folderMost.things)
    return { wrong: [wrongAt(path, `lists ${many} folders, at most ${folderMost.things} are read`)] };
  const twice = [...twiceIn(dirs), ...twiceIn(listed)];
  if (twice.length > 0) return { wrong: twice.map((one) => wrongAt(one, "is listed twice")) };
  const definitions = definitionsAt(all, listed);
  const below = filesBelow(all, dirs);
  const sizes = dirs.map((dir) =>
    (below.get(dir) ?? []).reduce((sum, { content }) => sum + content.length, 0),
  );
  const excess = excessOf({
    layout: read.layout,
    dirs,
    sizes,
    definitions: [...definitions.values()].flat(),
  });
  if (excess !== null) return { wrong: [wrongAt(path, excess)] };
  const functions = dirs.flatMap((dir) => kept(readFunction(below.get(dir) ?? [], dir)));
  const workflows = listed.flatMap((one) => {
    const files = definitions.get(one) ?? [];
    if (files.length > 0 || read.layout.workflows === undefined) return files.map(textFile).flatMap(kept);
    const missing = "is not there, or has no .json, .yaml or .yml file";
    return kept<ReadFolder["workflows"][number]>(wrongAt(one, missing));
  });
  return wrong.length > 0 ? { wrong } : { layout: read.layout, written: read.written, functions, workflows };
}

/** Each folder directly below another with the settings of a function. */
function foundFunctions(all: readonly BundleFile[], above: string): string[] {
  const top = `${above}/`;
  const found = all.flatMap(({ path }) => {
    const [dir = "", name = "", ...rest] = path.startsWith(top) ? path.slice(top.length).split("/") : [];
    return rest.length === 0 && manifestNames.some((one) => one === name) ? [top + dir] : [];
  });
  return [...new Set(found)].sort();
}

/** The files below each of these folders; one that lies in another has its own and those of the other too. */
function filesBelow(all: readonly BundleFile[], dirs: readonly string[]): Map<string, BundleFile[]> {
  const found = new Map<string, BundleFile[]>(dirs.map((dir) => [dir, []]));
  for (const file of all) {
    const { path } = file;
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      found.get(path.slice(0, at))?.push(file);
    }
  }
  return found;
}

function readFunction(inside: readonly BundleFile[], dir: string): ReadFunction | Wrong {
  const below = inside.map((file) => ({ ...file, path: file.path.slice(dir.length + 1) }));
  const settings = manifestNames.flatMap((name) => below.filter(({ path }) => path === name))[0];
  if (settings === undefined) return wrongAt(dir, "has no pulse.jsonc: it is no folder of a function");
  const place = `${dir}/${settings.path}`;
  let value: unknown;
  try {
    value = parseJsonc(textOf(settings) ?? "");
  } catch (error) {
    return wrongAt(place, error instanceof Error ? error.message : "is no JSON");
  }
  const parsed = manifest.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return {
      path: place,
      pointer: `/${first?.path.join("/") ?? ""}`,
      message: first?.message ?? "is not valid",
    };
  }
  const { $schema: _, ...sent } = value as Record<string, unknown>;
  const isPart = ({ path }: BundleFile) =>
    !path.split("/").some(isIgnored) && !manifestNames.some((name) => path.split("/").at(-1) === name);
  const files = below.filter(isPart).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { dir, manifest: parsed.data, sent, files };
}

/** At each of these paths the file, or those of definitions directly in the folder. */
function definitionsAt(all: readonly BundleFile[], places: readonly string[]): Map<string, BundleFile[]> {
  const found = new Map<string, BundleFile[]>(places.map((place) => [place, []]));
  for (const file of all) {
    const end = file.path.lastIndexOf("/");
    if (end >= 0 && isDefinition(file.path.slice(end + 1))) found.get(file.path.slice(0, end))?.push(file);
    found.get(file.path)?.push(file);
  }
  for (const files of found.values()) files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return found;
}

function textFile(file: BundleFile): { path: string; text: string } | Wrong {
  const text = textOf(file);
  return text === null ? wrongAt(file.path, "is no text in UTF-8") : { path: file.path, text };
}

function isWrong(one: unknown): one is Wrong {
  return typeof one === "object" && one !== null && "message" in one && "pointer" in one;
}
