import { For, type JSX, Show } from "solid-js";
import { Dynamic } from "solid-js/web";

/** A column: its title, and whether narrow screens go without it. */
export interface Column {
  title: string;
  wide?: boolean;
  right?: boolean;
  /** The order of the rows by this column; null: they can be put into it. Absent: they cannot. */
  sorted?: "ascending" | "descending" | null;
  onSort?: () => void;
}

const arrows = { ascending: "↑", descending: "↓", none: "" } as const;

/** The classes of a cell: the same in a column's head and body. */
export function cellClass(column: Pick<Column, "wide" | "right">): string {
  return `px-2 py-2 first:pl-3 last:pr-3 md:px-3 align-middle ${column.right === true ? "text-right" : "text-left"} ${column.wide === true ? "max-md:hidden" : ""}`;
}

/** A table whose rows the caller makes, in a frame that scrolls sideways when it must; `flush`: something else is the frame; `still`: nothing in it takes the focus, so the frame does, for the keys to scroll it. */
export function Table(props: {
  label: string;
  columns: readonly Column[];
  flush?: boolean;
  still?: boolean;
  children: JSX.Element;
}): JSX.Element {
  return (
    <Dynamic
      component="div"
      role={props.still === true ? "group" : undefined}
      aria-label={props.still === true ? props.label : undefined}
      tabindex={props.still === true ? 0 : undefined}
      class={`overflow-x-auto ${props.flush === true ? "rounded-b-lg" : "rounded-lg border border-line bg-surface"}`}
    >
      <table class="w-full border-collapse" aria-label={props.label}>
        <thead class="border-b border-line text-xs text-muted">
          <tr>
            <For each={props.columns}>
              {(column) => (
                <th
                  scope="col"
                  aria-sort={column.sorted === undefined ? undefined : (column.sorted ?? "none")}
                  class={`${cellClass(column)} font-medium whitespace-nowrap`}
                >
                  <Show when={column.onSort} fallback={column.title}>
                    {(sort) => (
                      <button
                        type="button"
                        class={`inline-flex min-h-6 items-center gap-1 font-medium hover:underline ${column.right === true ? "flex-row-reverse" : ""}`}
                        onClick={() => sort()()}
                      >
                        {column.title}
                        <span aria-hidden="true">{arrows[column.sorted ?? "none"]}</span>
                      </button>
                    )}
                  </Show>
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody class="divide-y divide-line">{props.children}</tbody>
      </table>
    </Dynamic>
  );
}
