import type { Provider, WebhookView } from "@pulse/schema/wire/webhooks";
import { A } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { TextToCopy } from "../ui/text-to-copy.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { SecretOnce } from "./secret-once.tsx";
import { TargetField, targetOf, textOf } from "./target-field.tsx";
import { readTarget } from "./target-input.ts";
import { TimeField } from "./time-field.tsx";
import {
  editWebhook,
  makeWebhook,
  type NewWebhook,
  providerNames,
  type WebhookChange,
} from "./webhook-queries.ts";

/** Makes a webhook, and shows its address and, this once, its secret; or changes the `old` one. */
export function WebhookDialog(props: { onClose: () => void; old?: WebhookView }): JSX.Element {
  const [wrong, setWrong] = createSignal<string>();
  const make = useMutation(() => ({ mutationFn: (wanted: NewWebhook) => makeWebhook(wanted) }));
  const change = useMutation(() => ({
    mutationFn: ({ id, wanted }: { id: string; wanted: WebhookChange }) => editWebhook(id, wanted),
    onSuccess() {
      say(t("triggers.changed"));
      props.onClose();
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [filter, secret] = [textOf(form, "filter"), textOf(form, "secret")];
    const [tolerance, perMinute] = [textOf(form, "tolerance"), textOf(form, "perMinute")];
    const settings = {
      filter: filter === "" ? null : filter,
      ...(tolerance === "" ? {} : { tolerance }),
      ...(perMinute === "" ? {} : { perMinute: Number(perMinute) }),
    };
    // What one of a workflow's triggers starts is changed with the workflow.
    const isOfWorkflow = props.old !== undefined && props.old.trigger !== null;
    if (props.old !== undefined && isOfWorkflow) {
      change.mutate({ id: props.old.id, wanted: settings });
      return;
    }
    const target = readTarget(targetOf(form));
    setWrong(target === null ? t("triggers.input_wrong") : undefined);
    if (target === null) return;
    if (props.old !== undefined) {
      change.mutate({ id: props.old.id, wanted: { ...settings, target } });
      return;
    }
    make.mutate({
      ...settings,
      name: textOf(form, "name"),
      // The options of the select are the providers.
      provider: textOf(form, "provider") as Provider,
      target,
      ...(secret === "" ? {} : { secret }),
    });
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={
        props.old === undefined ? t("webhooks.new") : t("triggers.change_title", { name: props.old.name })
      }
    >
      <Show
        when={make.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Show when={props.old === undefined}>
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
            </Show>
            <Show when={!props.old?.trigger}>
              <TargetField
                old={props.old?.target}
                inputHint={t("webhooks.input_hint", { example: `\${{ payload.… }}` })}
                wrong={wrong()}
              />
            </Show>
            <Field label={t("webhooks.filter")} hint={t("webhooks.filter_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="filter"
                  value={props.old?.filter ?? ""}
                  class={`${inputClass} font-mono text-xs`}
                  autocomplete="off"
                />
              )}
            </Field>
            <Show when={props.old === undefined}>
              <Field label={t("triggers.secret")} hint={t("webhooks.secret_hint")}>
                {(ids) => (
                  <input {...ids} name="secret" type="password" class={inputClass} autocomplete="off" />
                )}
              </Field>
            </Show>
            <details>
              <summary class="min-h-7 font-medium">{t("triggers.more")}</summary>
              <div class="grid gap-4 pt-2">
                <TimeField
                  name="tolerance"
                  label={t("webhooks.tolerance")}
                  hint={t("webhooks.tolerance_hint")}
                  ms={props.old?.toleranceMs}
                />
                <Field label={t("webhooks.per_minute")}>
                  {(ids) => (
                    <input
                      {...ids}
                      name="perMinute"
                      type="number"
                      min="1"
                      max="100000"
                      value={props.old?.perMinute ?? ""}
                      class={inputClass}
                    />
                  )}
                </Field>
              </div>
            </details>
            <Show when={make.error ?? change.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button
              type="submit"
              look="primary"
              class="justify-self-end"
              disabled={make.isPending || change.isPending}
            >
              {t(props.old === undefined ? "triggers.create" : "triggers.save")}
            </Button>
          </form>
        }
      >
        {(made) => (
          <>
            <div class="grid gap-2">
              <p>{t("webhooks.made")}</p>
              <TextToCopy text={made().url} what={t("webhooks.url")} />
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
