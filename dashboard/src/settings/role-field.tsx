import { roles } from "@pulse/schema/roles";
import { For, type JSX } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";

/** Chooses what somebody is, or nothing (an empty text). */
export function RoleField(props: { label: string; name: string; value?: string | undefined }): JSX.Element {
  return (
    <Field label={props.label}>
      {(ids) => (
        <select {...ids} name={props.name} class={inputClass}>
          <option value="">{t("access.no_role")}</option>
          <For each={roles}>
            {(role) => (
              <option value={role} selected={role === props.value}>
                {t(`access.role_${role}`)}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
}
