import type { JSX } from "solid-js";

/** A box to tick, with what it says. */
export function TickBox(props: {
  name?: string;
  value?: string;
  checked?: boolean;
  onChange?: (isOn: boolean) => void;
  children: JSX.Element;
}): JSX.Element {
  return (
    <label class="flex min-h-7 items-center gap-2">
      <input
        type="checkbox"
        name={props.name}
        value={props.value ?? "on"}
        class="size-4 shrink-0 accent-(--accent)"
        checked={props.checked ?? false}
        onChange={(event) => props.onChange?.(event.currentTarget.checked)}
      />
      <span>{props.children}</span>
    </label>
  );
}
