import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SourceView } from "@pulse/schema/wire/functions";
import { createTwoFilesPatch } from "diff";

/** As much of a file as the gateway shows too. */
const shownBytes = 2 ** 20;

/** A file that differs between a version and a folder. */
export interface ChangedFile {
  path: string;
  is: "added" | "removed" | "changed";
  /** A unified diff; null: one of the two is no text, or too large to be shown. */
  patch: string | null;
}

/** What `paths` of a folder change in the files of a version (none: all are new), by path. `changed` are those of both sides that are known to differ. */
export function changedFiles(
  dir: string,
  paths: readonly string[],
  source: SourceView["files"],
  changed: ReadonlySet<string>,
): ChangedFile[] {
  const before = new Map(source.map(({ path, text }) => [path, text]));
  const here = new Set(paths);
  return [...new Set([...before.keys(), ...paths])].sort().flatMap((path): ChangedFile[] => {
    const is = !before.has(path) ? "added" : here.has(path) ? "changed" : "removed";
    if (is === "changed" && !changed.has(path)) return [];
    const [old, now] = [
      is === "added" ? "" : (before.get(path) ?? null),
      is === "removed" ? "" : textOf(join(dir, path)),
    ];
    return [{ path, is, patch: old === null || now === null ? null : patchOf(path, is, old, now) }];
  });
}

function patchOf(path: string, is: ChangedFile["is"], old: string, now: string): string {
  const names = [
    is === "added" ? "/dev/null" : `a/${path}`,
    is === "removed" ? "/dev/null" : `b/${path}`,
  ] as const;
  const patch = createTwoFilesPatch(...names, old, now, undefined, undefined, { context: 3 });
  // Its first line is a ruler that no tool reads.
  return patch.replace(/^=+\n/, "");
}

/** A file's text; null: it is none, or too large. */
function textOf(path: string): string | null {
  if (statSync(path).size > shownBytes) return null;
  const bytes = readFileSync(path);
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
