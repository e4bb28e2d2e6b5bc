import { For, type JSX } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { t } from "../words/words.ts";

/** How far back one looks. */
export const spans = ["1h", "1d", "7d", "30d"] as const;
const hourMs = 3_600_000;
const spanMs = { "1h": hourMs, "1d": 24 * hourMs, "7d": 168 * hourMs, "30d": 720 * hourMs } as const;

/** When a span began, to the minute, so that the same question is asked for a while. */
export function sinceOf(span: (typeof spans)[number]): string {
  return new Date(Math.floor((Date.now() - spanMs[span]) / 60_000) * 60_000).toISOString();
}

type Filter = Partial<Record<"actor" | "action" | "target" | "outcome" | "since", string | undefined>>;

/** Who, what, to what, how it ended and since when. */
export function AuditFilterBar(props: {
  value: Filter;
  outcomes: readonly ("done" | "denied" | "refused" | "failed" | "unknown")[];
  onChange: (patch: Filter) => void;
}): JSX.Element {
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim() || undefined;
    props.onChange({
      actor: text("actor"),
      action: text("action"),
      target: text("target"),
      outcome: text("outcome"),
      since: text("since"),
    });
  };
  const field = (name: "actor" | "action" | "target", hint: string) => (
    <Field label={t(`settings.audit_${name}`)}>
      {(ids) => (
        <input
          {...ids}
          name={name}
          class={inputClass}
          value={props.value[name] ?? ""}
          placeholder={hint}
          autocomplete="off"
        />
      )}
    </Field>
  );
  return (
    <form class="grid items-end gap-3 p-4 sm:grid-cols-2 lg:grid-cols-3" onSubmit={submit}>
      {field("actor", "key_…")}
      {field("action", "key.*")}
      {field("target", "resize")}
      <Field label={t("settings.audit_outcome")}>
        {(ids) => (
          <select {...ids} name="outcome" class={inputClass}>
            <option value="">{t("settings.any")}</option>
            <For each={props.outcomes}>
              {(one) => (
                <option value={one} selected={one === props.value.outcome}>
                  {t(`settings.outcome_${one}`)}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
      <Field label={t("settings.audit_since")}>
        {(ids) => (
          <select {...ids} name="since" class={inputClass}>
            <option value="">{t("settings.any_time")}</option>
            <For each={spans}>
              {(one) => (
                <option value={one} selected={one === props.value.since}>
                  {t(`settings.last_${one}`)}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
      <Button type="submit" class="justify-self-start">
        {t("settings.audit_filter")}
      </Button>
    </form>
  );
}
