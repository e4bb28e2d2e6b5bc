import { type Accessor, createMemo, createSignal } from "solid-js";
import { Folds, groupMark, groupsOf } from "./groups.ts";
import { createLogFind } from "./log-find.ts";
import { groups as look } from "./log-looks.ts";

/** The groups of a log, and which of them are folded. */
export interface LogFolds {
  folds: Accessor<Folds>;
  /** Folds the group of a head, or opens it. */
  toggle(head: number): void;
  /** Opens the group that hides a line. */
  reveal(line: number): void;
  /** Forgets what was folded or opened one by one: all groups are as the browser's choice is. */
  reset(): void;
}

/**
 * The groups of the log of an execution. They are looked for, by the gateway, once a head was seen: most logs have none. Belongs to the component that
 * makes it.
 */
export function createLogFolds(
  id: string,
  hasGroups: Accessor<boolean>,
  count: Accessor<number>,
  isEnded: Accessor<boolean>,
): LogFolds {
  const marks = createLogFind(id, () => (hasGroups() ? groupMark : ""), count);
  const groups = createMemo(() => groupsOf(marks.found(), isEnded() && !marks.isLooking() ? count() : null));
  /** Heads of those that are not as the browser's choice is. */
  const [others, setOthers] = createSignal<ReadonlySet<number>>(new Set());
  const isFolded = (head: number) => (look() === "folded") !== others().has(head);
  const folds = createMemo(() => new Folds(groups().filter(({ head }) => isFolded(head))));
  const toggle = (head: number) => {
    const next = new Set(others());
    if (!next.delete(head)) next.add(head);
    setOthers(next);
  };
  return {
    folds,
    toggle,
    reveal(line) {
      const around = groups().find(({ head, last }) => head < line && line <= last);
      if (around !== undefined && isFolded(around.head)) toggle(around.head);
    },
    reset: () => setOthers(new Set<number>()),
  };
}
