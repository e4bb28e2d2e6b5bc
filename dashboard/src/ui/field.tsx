import { createUniqueId, type JSX, Show } from "solid-js";

/** The classes of text fields and selects. */
export const inputClass =
  "min-h-8 w-full rounded-md border border-edge bg-surface px-2.5 py-1 text-ink disabled:opacity-60 aria-invalid:border-bad";

/** A labelled field with its hint and what is wrong with it; `children` gets the ids to carry. */
export function Field(props: {
  label: string;
  hint?: JSX.Element;
  wrong?: string | undefined;
  children: (ids: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean;
  }) => JSX.Element;
}): JSX.Element {
  const id = createUniqueId();
  const described = () =>
    [props.hint === undefined ? "" : `${id}-hint`, props.wrong === undefined ? "" : `${id}-wrong`]
      .filter((one) => one !== "")
      .join(" ") || undefined;
  return (
    <div class="grid gap-1">
      <label for={id} class="font-medium">
        {props.label}
      </label>
      {props.children({
        id,
        get "aria-describedby"() {
          return described();
        },
        get "aria-invalid"() {
          return props.wrong !== undefined;
        },
      })}
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-muted text-xs">
          {props.hint}
        </p>
      </Show>
      <Show when={props.wrong}>
        <p id={`${id}-wrong`} class="text-bad text-xs">
          {props.wrong}
        </p>
      </Show>
    </div>
  );
}
