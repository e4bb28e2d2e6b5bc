import type { JSX } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";

/** The name of what is made; it has the focus when its dialog opens. */
export function NameField(props: { name: string }): JSX.Element {
  return (
    <Field label={t("triggers.name")} hint={t("triggers.name_hint")}>
      {(ids) => (
        <input
          {...ids}
          name={props.name}
          class={inputClass}
          required
          autofocus
          autocomplete="off"
          autocapitalize="none"
        />
      )}
    </Field>
  );
}
