import type { ExecutionView } from "@pulse/schema/wire/executions";
import { type Accessor, createEffect, createMemo, createSignal, on } from "solid-js";

/** A list that never moves under the reader: rows stay where they are and change in place, new ones are counted and come when asked for. */
export function createStillList(
  latest: Accessor<readonly ExecutionView[] | undefined>,
  resetBy: Accessor<unknown>,
): { rows: Accessor<readonly ExecutionView[]>; newCount: Accessor<number>; showNew: () => void } {
  const [shown, setShown] = createSignal<readonly string[] | null>(null);
  const [known, setKnown] = createSignal<ReadonlyMap<string, ExecutionView>>(new Map());
  createEffect(on(resetBy, () => setShown(null), { defer: true }));
  createEffect(() => {
    const rows = latest();
    if (rows === undefined) return;
    setKnown((before) => new Map([...before, ...rows.map((row) => [row.id, row] as const)]));
    // An empty list has nobody reading in it.
    setShown((before) => (before === null || before.length === 0 ? rows.map(({ id }) => id) : before));
  });
  const newCount = createMemo(() => {
    const ids = new Set(shown() ?? []);
    // What is older than the first row shown was there before and only moved into the page.
    const first = shown()?.[0] ?? "";
    return (latest() ?? []).filter(({ id }) => !ids.has(id) && id > first).length;
  });
  const rows = createMemo(() => (shown() ?? []).flatMap((id) => known().get(id) ?? []));
  const showNew = () => setShown((latest() ?? []).map(({ id }) => id));
  return { rows, newCount, showNew };
}
