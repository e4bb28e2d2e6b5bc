import { formatDuration } from "@pulse/schema/duration-text";
import type { JSX } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";

/** A field for a length of time such as `15m`; `ms`: what it is now. */
export function TimeField(props: {
  name: string;
  label: string;
  hint?: string;
  ms: number | null | undefined;
}): JSX.Element {
  return (
    <Field label={props.label} hint={props.hint ?? t("triggers.time_hint")}>
      {(ids) => (
        <input
          {...ids}
          name={props.name}
          value={props.ms === undefined || props.ms === null ? "" : formatDuration(props.ms)}
          class={inputClass}
          autocomplete="off"
        />
      )}
    </Field>
  );
}
