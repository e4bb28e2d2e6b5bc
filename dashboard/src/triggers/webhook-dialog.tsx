import type { Provider } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { SecretOnce } from "./secret-once.tsx";
import { TargetField, targetOf, textOf } from "./target-field.tsx";
import { readTarget } from "./target-input.ts";
import { makeWebhook, type NewWebhook, providerNames } from "./webhook-queries.ts";

/** Makes a webhook, and shows its address and, this once, its secret. */
export function WebhookDialog(props: { onClose: () => void }): JSX.Element {
  const [wrong, setWrong] = createSignal<string>();
  const make = useMutation(() => ({ mutationFn: (wanted: NewWebhook) => makeWebhook(wanted) }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const target = readTarget(targetOf(form));
    setWrong(target === null ? t("triggers.input_wrong") : undefined);
    if (target === null) return;
    const [filter, secret] = [textOf(form, "filter"), textOf(form, "secret")];
    make.mutate({
      name: textOf(form, "name"),
      // The options of the select are the providers.
      provider: textOf(form, "provider") as Provider,
      target,
      ...(filter === "" ? {} : { filter }),
      ...(secret === "" ? {} : { secret }),
    });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("webhooks.new")}>
      <Show
        when={make.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <NameField name="name" />
            <Field label={t("webhooks.provider")}>
              {(ids) => (
                <select {...ids} name="provider" class={inputClass}>
                  <For each={Object.entries(providerNames)}>
                    {([provider, name]) => <option value={provider}>{name}</option>}
                  </For>
                </select>
              )}
            </Field>
            <TargetField
              inputHint={t("webhooks.input_hint", { example: `\${{ payload.… }}` })}
              wrong={wrong()}
            />
            <Field label={t("webhooks.filter")} hint={t("webhooks.filter_hint")}>
              {(ids) => (
                <input {...ids} name="filter" class={`${inputClass} font-mono text-xs`} autocomplete="off" />
              )}
            </Field>
            <Field label={t("triggers.secret")} hint={t("webhooks.secret_hint")}>
              {(ids) => (
                <input {...ids} name="secret" type="password" class={inputClass} autocomplete="off" />
              )}
            </Field>
            <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button type="submit" look="primary" class="justify-self-end" disabled={make.isPending}>
              {t("triggers.create")}
            </Button>
          </form>
        }
      >
        {(made) => (
          <>
            <div class="grid gap-2">
              <p>{t("webhooks.made")}</p>
              <CodeText text={made().url} label={t("webhooks.url")} wraps />
              <div class="justify-self-end">
                <CopyButton text={made().url} what={t("webhooks.url")} />
              </div>
            </div>
            <Show when={made().secret}>{(secret) => <SecretOnce secret={secret()} />}</Show>
            <A
              class={`${buttonClass("primary")} justify-self-end`}
              href={triggerPath("webhooks", made().id)}
              onClick={() => props.onClose()}
            >
              {t("webhooks.go")}
            </A>
          </>
        )}
      </Show>
    </Dialog>
  );
}
