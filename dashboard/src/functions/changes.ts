import type { DraftFiles } from "@pulse/schema/wire/drafts";

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
