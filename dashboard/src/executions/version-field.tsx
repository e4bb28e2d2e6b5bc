import type { JSX } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";

/** A version as the API takes it: a number, or an alias. */
export function versionOf(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text.trim();
}

/** Where a version's number or alias is written. */
export function VersionField(props: { value: string; onChange: (text: string) => void }): JSX.Element {
  return (
    <Field label={t("execution.version_number")}>
      {(ids) => (
        <input
          {...ids}
          class={inputClass}
          required
          maxLength={63}
          value={props.value}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
