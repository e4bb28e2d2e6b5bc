import { type DefinitionFile, definitionName, isDefinition } from "@pulse/schema/apply/definition-file";
import { isIgnored, manifestNames } from "@pulse/schema/apply/function-files";
import { parseJsonc } from "@pulse/schema/apply/jsonc";
import { type Layout, layoutFile, readLayout, type Wrong } from "@pulse/schema/apply/layout";
import { type Manifest, manifest } from "@pulse/schema/wire/manifest";
import type { BundleFile } from "../functions/tar.ts";
import { excessOf, folderMost, twiceIn } from "./folder-bounds.ts";

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
  workflows: DefinitionFile[];
}

/** Reads a folder with a `pulse.yaml` as `pulse apply` does: what it says, or everything that is wrong in its files. */
export function readFiles(all: readonly BundleFile[], folder: string): ReadFolder | { wrong: Wrong[] } {
  const files = new Map(all.map((file) => [file.path, file]));
  const path = within(folder, layoutFile);
  const file = files.get(path);
  if (file === undefined) return { wrong: [wrongAt(path, "is not there: it says what the project has")] };
  const text = textOf(file);
  if (text === null) return { wrong: [wrongAt(path, "is no text in UTF-8")] };
  const read = readLayout(text, path);
  if (!("layout" in read)) return { wrong: read.wrong };
  const wrong: Wrong[] = [];
  const kept = <T>(one: T | Wrong): T[] => {
    if (!isWrong(one)) return [one];
    wrong.push(one);
    return [];
  };
  const dirs = functionFolders(all, folder, read.layout.functions);
  const listed = (read.layout.workflows ?? ["workflows"]).map((one) => within(folder, one));
  // Before anything of them is looked for: each is looked for in everything.
  const many = Math.max(dirs.length, listed.length);
  if (many > folderMost.things)
    return { wrong: [wrongAt(path, `lists ${many} folders, at most ${folderMost.things} are read`)] };
  const twice = [...twiceIn(dirs), ...twiceIn(listed)];
  if (twice.length > 0) return { wrong: twice.map((one) => wrongAt(one, "is listed twice")) };
  const found = listed.map((one) => definitionsAt(all, one));
  const sizes = dirs.map((dir) => bytesBelow(all, dir));
  const excess = excessOf({ layout: read.layout, dirs, sizes, definitions: found.flat() });
  if (excess !== null) return { wrong: [wrongAt(path, excess)] };
  const functions = dirs.flatMap((dir) => kept(readFunction(all, dir)));
  const workflows = found.flatMap((files, i) => {
    if (files.length > 0 || read.layout.workflows === undefined) return files.map(definitionOf).flatMap(kept);
    const missing = "is not there, or has no .json, .yaml or .yml file";
    return kept<DefinitionFile>(wrongAt(listed[i] ?? "", missing));
  });
  return wrong.length > 0 ? { wrong } : { layout: read.layout, written: read.written, functions, workflows };
}

/** A path below a folder, with `..` in it where it climbs; what leads out of the repository has `..` before it, and is not there. */
function within(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** The folders of functions: those that are listed, else each one below `functions` with its settings. */
function functionFolders(
  all: readonly BundleFile[],
  folder: string,
  listed: readonly string[] | undefined,
): string[] {
  if (listed !== undefined) return listed.map((one) => within(folder, one));
  const top = `${within(folder, "functions")}/`;
  const found = all.flatMap(({ path }) => {
    const [dir = "", name = "", ...rest] = path.startsWith(top) ? path.slice(top.length).split("/") : [];
    return rest.length === 0 && manifestNames.some((one) => one === name) ? [top + dir] : [];
  });
  return [...new Set(found)].sort();
}

function readFunction(all: readonly BundleFile[], dir: string): ReadFunction | Wrong {
  const below = all.flatMap((file) =>
    file.path.startsWith(`${dir}/`) ? [{ ...file, path: file.path.slice(dir.length + 1) }] : [],
  );
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

/** The file at a path, or those of definitions directly in the folder there. */
function definitionsAt(all: readonly BundleFile[], path: string): BundleFile[] {
  const standing = all.filter(
    (file) =>
      file.path === path ||
      (file.path.startsWith(`${path}/`) &&
        !file.path.slice(path.length + 1).includes("/") &&
        isDefinition(file.path.slice(path.length + 1))),
  );
  return standing.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function definitionOf(file: BundleFile): DefinitionFile | Wrong {
  const text = textOf(file);
  if (text === null) return wrongAt(file.path, "is no text in UTF-8");
  const definition = { path: file.path, text };
  return definitionName(definition) === null
    ? wrongAt(file.path, "gives no name that a workflow may have: 1–63 of a–z, 0–9, - and _")
    : definition;
}

function bytesBelow(all: readonly BundleFile[], dir: string): number {
  return all.reduce((sum, { path, content }) => sum + (path.startsWith(`${dir}/`) ? content.length : 0), 0);
}

function textOf({ content }: BundleFile): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return null;
  }
}

function wrongAt(path: string, message: string): Wrong {
  return { path, pointer: "", message };
}

function isWrong(one: unknown): one is Wrong {
  return typeof one === "object" && one !== null && "message" in one && "pointer" in one;
}
