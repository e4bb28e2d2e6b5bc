import type { UseQueryResult } from "@tanstack/solid-query";
import { type Accessor, type JSX, Show } from "solid-js";
import { Empty } from "./empty.tsx";
import { Loaded } from "./loaded.tsx";

/** A list in all its states: those of `Loaded`, what belongs here and the first step where nothing is yet, and the items. */
export function LoadedList<T>(props: {
  query: UseQueryResult<T[], Error>;
  none: string;
  hint: string;
  first?: JSX.Element;
  children: (items: Accessor<T[]>) => JSX.Element;
}): JSX.Element {
  return (
    <Loaded query={props.query}>
      {(items) => (
        <Show
          when={items().length > 0}
          fallback={
            <Empty title={props.none}>
              <p class="max-w-md text-muted">{props.hint}</p>
              {props.first}
            </Empty>
          }
        >
          {props.children(items)}
        </Show>
      )}
    </Loaded>
  );
}
