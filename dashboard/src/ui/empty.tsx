import type { JSX } from "solid-js";

/** What stands where nothing is yet: what belongs here, and the first step. */
export function Empty(props: { title: string; children?: JSX.Element }): JSX.Element {
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] justify-items-center gap-3 rounded-lg border border-dashed border-edge px-4 py-12 text-center">
      <p class="font-semibold">{props.title}</p>
      {props.children}
    </div>
  );
}
