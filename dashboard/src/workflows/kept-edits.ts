import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { queryClient } from "../session/query-client.ts";
import { type Edit, noteEdit, readEdits, stored } from "./edits-store.ts";

/** Where edits of a workflow that is not there yet are kept: no workflow is called so. */
export const ofNew = "_new";

/** Who is signed in, so that nobody is shown what somebody else typed in this browser; null: nobody is. */
function owner(): string | null {
  const me = queryClient.getQueryData(meQuery().queryKey);
  return me ? `${me.project}/${me.kind}/${me.name}` : null;
}

/** What was typed into a definition and not saved: it is kept in this browser until it is saved or discarded. Belongs to the component that makes it. */
export function createKeptEdit(
  workflow: Accessor<string>,
): [Accessor<Edit | null>, (edit: Edit | null) => void] {
  const of = (name: string) => `${owner() ?? ""}/${name}`;
  const read = () => readEdits(localStorage.getItem(stored))[of(workflow())] ?? null;
  const [edit, setEdit] = createSignal(read());
  // One page goes from one workflow to another.
  createEffect(on(workflow, () => setEdit(read()), { defer: true }));
  // What finds no room is at least not lost by a tab that is closed.
  let isKept = true;
  const ask = (event: BeforeUnloadEvent) => {
    if (!isKept && edit() !== null) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  onCleanup(() => removeEventListener("beforeunload", ask));
  const keep = (next: Edit | null) => {
    setEdit(next);
    try {
      const all = noteEdit(readEdits(localStorage.getItem(stored)), of(workflow()), next);
      localStorage.setItem(stored, JSON.stringify(all));
      isKept = true;
    } catch {
      isKept = false;
    }
  };
  return [edit, keep];
}
