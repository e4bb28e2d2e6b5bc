import { createEffect, type JSX, onCleanup, onMount, Show } from "solid-js";

/** A page: its heading, which gets the focus when a person comes from another page, what can be done there, and the rest. */
export function Page(props: {
  title: string;
  heading?: JSX.Element;
  actions?: JSX.Element;
  children: JSX.Element;
}): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  // A dialog that led here is gone by then. One that was opened meanwhile keeps the focus, and so does a field that the page gave it to.
  const takeFocus = () => {
    const isTaken = document.querySelector("main")?.contains(document.activeElement);
    if (!isTaken && document.querySelector("[role=dialog], [role=alertdialog]") === null) heading?.focus();
  };
  createEffect(() => {
    document.title = `${props.title} · Pulse`;
  });
  onMount(() => {
    // On the first page of a visit the focus stays where the browser puts it.
    if (!Page.visited) Page.visited = true;
    else setTimeout(takeFocus);
  });
  onCleanup(() => {
    document.title = "Pulse";
  });
  return (
    <div class="mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] gap-4 px-4 py-5 md:px-6">
      <header class="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 ref={heading} tabindex="-1" class="min-w-0 text-xl font-semibold break-words outline-none">
          {props.heading ?? props.title}
        </h1>
        <Show when={props.actions}>
          <div class="ml-auto flex flex-wrap gap-2">{props.actions}</div>
        </Show>
      </header>
      {props.children}
    </div>
  );
}
Page.visited = false;
