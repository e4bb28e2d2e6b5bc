import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { DefinitionFile } from "@pulse/schema/apply/definition-file";
import { manifestNames } from "@pulse/schema/apply/function-files";
import { type Layout, layoutFile, readLayout, type Wrong } from "@pulse/schema/apply/layout";
import { ProblemError } from "@pulse/schema/problem";
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import { projectIn } from "../commands/deploy.ts";
import type { Project } from "../commands/manifest.ts";
import { nameOf, readDefinitions } from "../commands/workflow-files.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";

/** What a folder says. Paths are relative to where the command works. */
export interface ReadFolder {
  layout: Layout;
  written: Layout;
  functions: { dir: string; project: Project }[];
  workflows: DefinitionFile[];
}

/** Reads a folder with a `pulse.yaml`: what it says, or everything that is wrong in its files. Throws `not_found` without one. */
export function readFolder(session: Session, dir: string): ReadFolder | { wrong: Wrong[] } {
  const path = join(dir, layoutFile);
  if (!existsSync(path)) {
    throw new ProblemError("not_found", fill(session.messages.apNoFile, { dir }), { hint: "docs/apply.md" });
  }
  const shown = relative(".", path);
  const read = readLayout(readFileSync(path, "utf8"), shown);
  if (!("layout" in read)) return { wrong: read.wrong };
  const wrong: Wrong[] = [];
  const functions = functionFolders(dir, read.layout.functions).flatMap((one) => {
    try {
      return [{ dir: one, project: projectIn(session, one) }];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      wrong.push(...wrongIn(one, error));
      return [];
    }
  });
  const standing = read.layout.workflows ?? (existsSync(join(dir, "workflows")) ? ["workflows"] : []);
  const workflows = readDefinitions(
    session,
    standing.map((one) => relative(".", join(dir, one))),
  );
  for (const file of workflows) nameOf(session, file);
  if (wrong.length > 0) return { wrong };
  return { layout: read.layout, written: read.written, functions, workflows };
}

/** The folders of functions: those that are listed, else each one below `functions` with a `pulse.jsonc`. */
function functionFolders(dir: string, listed: readonly string[] | undefined): string[] {
  if (listed !== undefined) return listed.map((one) => join(dir, one));
  const all = join(dir, "functions");
  if (!existsSync(all)) return [];
  return readdirSync(all)
    .sort()
    .map((name) => join(all, name))
    .filter((one) => statSync(one).isDirectory() && manifestOf(one) !== undefined);
}

function manifestOf(dir: string): string | undefined {
  return manifestNames.map((name) => join(dir, name)).find(existsSync);
}

/** What is wrong with a function's folder, each with the line in its settings. */
function wrongIn(dir: string, error: ProblemError): Wrong[] {
  const file = manifestOf(dir);
  const { errors } = error.extras;
  if (file === undefined || errors === undefined) {
    return [{ path: relative(".", dir), pointer: "", message: error.message }];
  }
  const text = readFileSync(file, "utf8");
  const tree = parseTree(text);
  return errors.map(({ pointer, detail }) => {
    const keys = pointer.split("/").slice(1);
    // The nearest thing around what is wrong: what is missing stands nowhere.
    const offset = keys
      .map((_, i) => keys.slice(0, keys.length - i))
      .map(
        (path) =>
          tree &&
          findNodeAtLocation(
            tree,
            path.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
          )?.offset,
      )
      .find((at) => at !== undefined);
    const before = text.slice(0, offset ?? 0).split("\n");
    const place = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
    return { path: relative(".", file), ...place, pointer, message: detail };
  });
}
