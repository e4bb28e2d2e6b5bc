import type { QuietHours } from "@pulse/schema/wire/channel-rules";
import type { JSX } from "solid-js";
import { Show } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";
import { ownZone } from "./zone-time.ts";

/** The hours of the day in which a rule sends nothing; both empty: there are none. They are read with `readQuiet`. */
export function QuietFields(props: { old: QuietHours | null; wrong: string | undefined }): JSX.Element {
  return (
    <fieldset class="grid gap-2">
      <legend class="mb-1 font-medium">{t("channels.quiet_hours")}</legend>
      <p class="text-xs text-muted">{t("channels.quiet_hint")}</p>
      <div class="grid gap-3 sm:grid-cols-3">
        <Field label={t("channels.quiet_from")}>
          {(ids) => (
            <input {...ids} name="quiet-from" type="time" value={props.old?.from ?? ""} class={inputClass} />
          )}
        </Field>
        <Field label={t("channels.quiet_to")}>
          {(ids) => (
            <input {...ids} name="quiet-to" type="time" value={props.old?.to ?? ""} class={inputClass} />
          )}
        </Field>
        <Field label={t("channels.quiet_zone")}>
          {(ids) => (
            <input
              {...ids}
              name="quiet-zone"
              value={props.old?.timezone ?? ownZone()}
              class={inputClass}
              autocomplete="off"
            />
          )}
        </Field>
      </div>
      <Show when={props.wrong}>
        <p role="alert" class="text-xs text-bad">
          {props.wrong}
        </p>
      </Show>
    </fieldset>
  );
}
