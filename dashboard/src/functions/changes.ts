import type { DraftBody, DraftFiles } from "@pulse/schema/wire/drafts";
import { dependenciesOf } from "./dependencies.ts";
import { inWordsOf, withoutDefaults } from "./settings-text.ts";

/** One file or setting that differs between two states. */
export interface Change {
  name: string;
  how: "added" | "removed" | "changed";
  /** As text, for settings; null where there is none. */
  before: string | null;
  after: string | null;
}

/** What is different between two sets of files, by name. */
export function fileChanges(before: DraftFiles, after: DraftFiles): Change[] {
  return changesBetween(before, after);
}

/** What is different between two sets of settings; what lies in objects is told by its path: `endpoint.auth`. */
export function settingChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  return changesBetween(flat(before), flat(after));
}

/** What a deploy of a draft changes against what is deployed; everything is new when nothing is. */
export interface DeployChanges {
  files: Change[];
  /** Packages with the versions asked for. */
  dependencies: Change[];
  settings: Change[];
  /** By the variable the function finds them under; the text is the secret's name or where it lies, never a value. */
  secrets: Change[];
}

/** Compares a draft with the version that stands. */
export function changesOf(draft: DraftBody, deployed: { body: DraftBody } | null): DeployChanges {
  const before = deployed?.body ?? { runtime: draft.runtime, files: {}, settings: {} };
  const settingsOf = ({ runtime, entry, settings }: DraftBody, words: Readonly<Record<string, unknown>>) => {
    const { secrets: _, ...others } = inWordsOf(withoutDefaults(settings), words);
    return { runtime, ...(entry === undefined ? {} : { entry }), ...others };
  };
  return {
    files: fileChanges(before.files, draft.files),
    dependencies: changesBetween(dependenciesOf(before.files), dependenciesOf(draft.files)),
    secrets: changesBetween(secretsOf(before.settings), secretsOf(draft.settings)),
    settings: settingChanges(settingsOf(before, {}), settingsOf(draft, before.settings)),
  };
}

function secretsOf({ secrets }: DraftBody["settings"]): Record<string, unknown> {
  if (Array.isArray(secrets)) return Object.fromEntries(secrets.map((name) => [String(name), String(name)]));
  return typeof secrets === "object" && secrets !== null ? secrets : {};
}

function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    const was = Object.hasOwn(before, name) ? textOf(before[name]) : null;
    const is = Object.hasOwn(after, name) ? textOf(after[name]) : null;
    if (was === is) return [];
    const how = was === null ? "added" : is === null ? "removed" : "changed";
    return [{ name, how, before: was, after: is }];
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function flat(value: Readonly<Record<string, unknown>>, path = ""): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const isBranch =
      typeof inner === "object" && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0;
    if (isBranch) return Object.entries(flat(inner as Record<string, unknown>, `${path}${name}.`));
    // An empty object says the same as none.
    return isEmptyObject(inner) ? [] : [[`${path}${name}`, inner] as const];
  });
  return Object.fromEntries(entries);
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
