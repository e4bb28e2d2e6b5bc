import type { LineGroup, MergedLine } from "./merged-lines.ts";

/** Lines without those that folded groups hide, and how many each of these hides. */
export interface FoldedLines {
  lines: readonly MergedLine[];
  hidden: ReadonlyMap<LineGroup, number>;
}

/** Leaves out the lines of groups that are folded. One whose head is not there, being older than what is kept, hides nothing, nor does one that still grows. */
export function foldLines(
  lines: readonly MergedLine[],
  isFolded: (group: LineGroup) => boolean,
): FoldedLines {
  const hidden = new Map<LineGroup, number>();
  const left = lines.filter(({ group, isHead }) => {
    if (group === undefined) return true;
    if (isHead) {
      if (group.isClosed && isFolded(group)) hidden.set(group, 0);
      return true;
    }
    const before = hidden.get(group);
    if (before !== undefined) hidden.set(group, before + 1);
    return before === undefined;
  });
  return { lines: left, hidden };
}
