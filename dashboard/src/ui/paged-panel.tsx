import type { UseQueryResult } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Loaded } from "./loaded.tsx";
import { OlderNav } from "./older-nav.tsx";
import { Panel } from "./panel.tsx";
import { type Column, Table } from "./table.tsx";

/** A panel with a page of what is newest first; `onGo` gets the cursor to show, undefined for the newest. */
export function PagedPanel<T>(props: {
  title: string;
  /** What is said where there is nothing. */
  none: string;
  query: UseQueryResult<{ items: T[]; nextCursor: string | null }, Error>;
  columns: readonly Column[];
  cursor: string | undefined;
  onGo: (cursor: string | undefined) => void;
  row: (item: T) => JSX.Element;
  actions?: JSX.Element;
}): JSX.Element {
  return (
    <Panel title={props.title} actions={props.actions} flush>
      <Loaded query={props.query}>
        {(page) => (
          <Show when={page().items.length > 0} fallback={<p class="p-4 text-muted">{props.none}</p>}>
            <Table flush label={props.title} columns={props.columns}>
              <For each={page().items}>{(item) => props.row(item)}</For>
            </Table>
            <OlderNav
              label={props.title}
              cursor={props.cursor}
              next={page().nextCursor}
              onGo={(cursor) => props.onGo(cursor)}
            />
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}
