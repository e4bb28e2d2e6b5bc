import { type Accessor, createMemo, createSignal } from "solid-js";
import { type FoldedLines, foldLines } from "./fold-lines.ts";
import { groups as look } from "./log-looks.ts";
import type { LineGroup, MergedLine } from "./merged-lines.ts";

/** The groups in the logs of several executions, and which of them are folded. */
export interface MergedFolds {
  folded: Accessor<FoldedLines>;
  hasGroups: Accessor<boolean>;
  /** Folds a group, or opens it. */
  toggle(group: LineGroup): void;
  /** Opens the group that hides a line. */
  reveal(line: MergedLine): void;
  /** Forgets what was folded or opened one by one: all groups are as the browser's choice is. */
  reset(): void;
}

/** Folds the groups of some lines as the browser's choice is, and as they are folded and opened one by one. Belongs to the component that makes it. */
export function createMergedFolds(lines: Accessor<readonly MergedLine[]>): MergedFolds {
  const [others, setOthers] = createSignal<ReadonlySet<LineGroup>>(new Set());
  const folded = createMemo(() => {
    const isUsual = look() === "folded";
    const different = others();
    return foldLines(lines(), (group) => isUsual !== different.has(group));
  });
  const toggle = (group: LineGroup) => {
    const next = new Set(others());
    if (!next.delete(group)) next.add(group);
    setOthers(next);
  };
  return {
    folded,
    hasGroups: createMemo(() => lines().some(({ isHead }) => isHead)),
    toggle,
    reveal({ group, isHead }) {
      if (group !== undefined && !isHead && folded().hidden.has(group)) toggle(group);
    },
    reset: () => setOthers(new Set<LineGroup>()),
  };
}
