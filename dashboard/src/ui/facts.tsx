import type { JSX } from "solid-js";

/** Names and what they are, in two columns. */
export function Facts(props: { children: JSX.Element }): JSX.Element {
  return <dl class="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-6 gap-y-1.5">{props.children}</dl>;
}

/** One of them. */
export function Fact(props: { name: string; children: JSX.Element }): JSX.Element {
  return (
    <>
      <dt class="text-muted">{props.name}</dt>
      <dd class="min-w-0 break-words">{props.children}</dd>
    </>
  );
}
