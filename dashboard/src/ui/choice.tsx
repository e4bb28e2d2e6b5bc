import type { JSX } from "solid-js";

/** A question with a few answers of which one holds. */
export function ChoiceGroup(props: { label: string; children: JSX.Element }): JSX.Element {
  return (
    <fieldset class="grid gap-1">
      <legend class="mb-1 font-medium">{props.label}</legend>
      {props.children}
    </fieldset>
  );
}

/** One of the answers. */
export function Choice(props: {
  name: string;
  chosen: boolean;
  disabled?: boolean;
  onChoose: () => void;
  children: JSX.Element;
}): JSX.Element {
  return (
    <label class="flex min-h-7 items-center gap-2">
      <input
        type="radio"
        name={props.name}
        class="size-4 shrink-0 accent-(--accent)"
        checked={props.chosen}
        disabled={props.disabled ?? false}
        onChange={() => props.onChoose()}
      />
      <span class={props.disabled === true ? "text-muted" : ""}>{props.children}</span>
    </label>
  );
}
