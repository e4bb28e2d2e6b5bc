import { type JSX, Show } from "solid-js";

/** A framed part of a page with its own heading. */
export function Panel(props: {
  title: string;
  actions?: JSX.Element;
  flush?: boolean;
  children: JSX.Element;
}): JSX.Element {
  return (
    <section class="min-w-0 rounded-lg border border-line bg-surface" aria-label={props.title}>
      <header class="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <h2 class="font-semibold">{props.title}</h2>
        <Show when={props.actions}>
          <div class="ml-auto flex flex-wrap items-center gap-2">{props.actions}</div>
        </Show>
      </header>
      <div class={props.flush === true ? "" : "p-4"}>{props.children}</div>
    </section>
  );
}
