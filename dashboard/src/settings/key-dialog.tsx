import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";
import { counted, t } from "../words/words.ts";
import { makeKey, type NewKey } from "./access-queries.ts";
import { endsAfterDays, keyOf } from "./key-form.ts";
import { givableScopes, scopeText } from "./scope-words.ts";
import { TickBox } from "./tick-box.tsx";

/** Makes a key, and shows it this once. */
export function KeyDialog(props: { onClose: () => void }): JSX.Element {
  const me = useQuery(meQuery);
  const [isEmpty, setEmpty] = createSignal(false);
  const make = useMutation(() => ({ mutationFn: (wanted: NewKey) => makeKey(wanted) }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const wanted = keyOf(
      {
        name: text("name"),
        scopes: form.getAll("scope").map(String),
        functions: text("functions"),
        endsAfterDays: Number(text("days")),
        rateLimit: text("rateLimit"),
        executions: text("executions"),
        atOnce: text("atOnce"),
      },
      Date.now(),
    );
    setEmpty(wanted === null);
    if (wanted !== null) make.mutate(wanted);
  };
  return (
    <Dialog open onClose={props.onClose} title={t("access.key_new")}>
      <Show
        when={make.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Field label={t("access.name")} hint={t("access.key_name_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="name"
                  class={inputClass}
                  required
                  autofocus
                  maxLength={63}
                  autocomplete="off"
                />
              )}
            </Field>
            <fieldset class="grid gap-1">
              <legend class="mb-1 font-medium">{t("access.may")}</legend>
              <For each={givableScopes(dataOf(me)?.scopes ?? [])}>
                {(scope) => (
                  <TickBox name="scope" value={scope}>
                    {scopeText(scope)}
                  </TickBox>
                )}
              </For>
            </fieldset>
            <Field
              label={t("access.functions")}
              hint={t("access.functions_hint")}
              wrong={isEmpty() ? t("access.key_empty") : undefined}
            >
              {(ids) => (
                <input {...ids} name="functions" class={`${inputClass} font-mono`} autocomplete="off" />
              )}
            </Field>
            <Field label={t("access.ends")}>
              {(ids) => (
                <select {...ids} name="days" class={inputClass}>
                  <For each={endsAfterDays}>
                    {(days) => (
                      <option value={days}>
                        {days === 0 ? t("access.ends_never") : counted("access.ends_after", days)}
                      </option>
                    )}
                  </For>
                </select>
              )}
            </Field>
            <details>
              <summary class="min-h-6 font-medium">{t("access.limits")}</summary>
              <div class="mt-2 grid gap-3 sm:grid-cols-3">
                <Amount name="rateLimit" label={t("access.limit_rate")} />
                <Amount name="executions" label={t("access.limit_executions")} />
                <Amount name="atOnce" label={t("access.limit_at_once")} />
              </div>
            </details>
            <SendButton sending={make}>{t("access.make")}</SendButton>
          </form>
        }
      >
        {(key) => (
          <>
            <ShownOnce text={key()} what={t("access.key")} hint={t("access.key_once")} />
            <Button look="primary" class="justify-self-end" onClick={() => props.onClose()}>
              {t("access.key_kept")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}

function Amount(props: { name: string; label: string }): JSX.Element {
  return (
    <Field label={props.label}>
      {(ids) => <input {...ids} name={props.name} type="number" min="1" class={inputClass} />}
    </Field>
  );
}
