import { isDefinition } from "@pulse/schema/apply/definition-file";
import { type Layout, layoutFile, type Read, readLayout, type Wrong } from "@pulse/schema/apply/layout";
import type { BundleFile } from "../functions/tar.ts";

const workflowsFolder = "workflows";
const functionsFolder = "functions";

/** The path of the `pulse.yaml` of a folder, from the top of the repository. */
export function layoutPath(folder: string): string {
  return within(folder, layoutFile);
}

/** What the `pulse.yaml` of a folder says, or what is wrong with it. */
export function layoutAt(files: readonly BundleFile[], folder: string): Read {
  const path = layoutPath(folder);
  const file = files.find((one) => one.path === path);
  if (file === undefined) return { wrong: [wrongAt(path, "is not there: it says what the project has")] };
  const text = textOf(file);
  return text === null ? { wrong: [wrongAt(path, "is no text in UTF-8")] } : readLayout(text, path);
}

/** Whether a path, from the top of the repository, is of what a folder with this `pulse.yaml` says. */
export function partOf(layout: Layout, folder: string): (path: string) => boolean {
  const first = layoutPath(folder);
  const workflows = new Set(definitionPlaces(layout, folder));
  const functions = new Set(listedFunctions(layout, folder) ?? [functionsTop(folder)]);
  return (path) => {
    if (path === first || workflows.has(path)) return true;
    const end = path.lastIndexOf("/");
    if (end >= 0 && workflows.has(path.slice(0, end)) && isDefinition(path.slice(end + 1))) return true;
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      if (functions.has(path.slice(0, at))) return true;
    }
    return false;
  };
}

/** The files of definitions and folders with them, as they are listed; else `workflows`. */
export function definitionPlaces({ workflows }: Layout, folder: string): string[] {
  return (workflows ?? [workflowsFolder]).map((one) => within(folder, one));
}

/** The folders of functions that are listed; undefined: none are, and each one below `functions` with settings is meant. */
export function listedFunctions({ functions }: Layout, folder: string): string[] | undefined {
  return functions?.map((one) => within(folder, one));
}

/** The folder below which functions are looked for where none are listed. */
export function functionsTop(folder: string): string {
  return within(folder, functionsFolder);
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

/** The text of a file; null: it is none in UTF-8. */
export function textOf({ content }: BundleFile): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return null;
  }
}

/** Something that is wrong with a whole file or folder. */
export function wrongAt(path: string, message: string): Wrong {
  return { path, pointer: "", message };
}
