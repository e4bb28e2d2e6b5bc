import type { ExecutionView } from "@pulse/schema/wire/executions";
import { type Accessor, createComputed, createMemo, createSignal, on } from "solid-js";

/** A list that never moves under its reader. */
export interface StillList {
  /** Which rows stand, in their order. */
  ids: Accessor<readonly string[]>;
  /** A row as it is now. */
  view(id: string): ExecutionView | undefined;
  /** How many came on top since. */
  newCount: Accessor<number>;
  /** Takes them in. */
  showNew(): void;
}

/** Keeps rows where they are and lets them change in place; new ones are counted and come when asked for. `resetBy` begins a new list. */
export function createStillList(
  latest: Accessor<readonly ExecutionView[] | undefined>,
  resetBy: Accessor<unknown>,
): StillList {
  const [shown, setShown] = createSignal<readonly string[]>([]);
  const [known, setKnown] = createSignal<ReadonlyMap<string, ExecutionView>>(new Map());
  // Rows of the list before that still stand when the next one begins: its own may come later.
  let former: readonly ExecutionView[] | undefined;
  createComputed(
    on([latest, resetBy], ([rows, reset], before) => {
      const isReset = before === undefined || before[1] !== reset;
      const isNew = isReset || (former !== undefined && rows !== former);
      if (isReset) former = before?.[0] === rows ? rows : undefined;
      else if (rows !== former) former = undefined;
      if (isNew && rows === undefined) setShown([]);
      if (rows === undefined) return;
      // An empty list has nobody reading in it.
      if (isNew || shown().length === 0) setShown(rows.map(({ id }) => id));
      setKnown((old) => {
        const kept = shown().flatMap((id) => old.get(id) ?? []);
        return new Map([...kept, ...rows].map((row) => [row.id, row]));
      });
    }),
  );
  const newCount = createMemo(() => {
    const ids = new Set(shown());
    // What is older than the first row shown was there before and only moved into the page.
    const first = shown()[0] ?? "";
    return (latest() ?? []).filter(({ id }) => !ids.has(id) && id > first).length;
  });
  return {
    ids: shown,
    view: (id) => known().get(id),
    newCount,
    showNew: () => setShown((latest() ?? []).map(({ id }) => id)),
  };
}
