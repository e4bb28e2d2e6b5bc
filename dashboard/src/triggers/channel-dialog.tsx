import type { ChannelSettings, ChannelType } from "@pulse/schema/wire/channels";
import { A, useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { channelFields, channelNames, readChannel } from "./channel-form.ts";
import { channelName } from "./channel-name.ts";
import { makeChannel } from "./channel-queries.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { SecretOnce } from "./secret-once.tsx";
import { textOf } from "./target-field.tsx";

/** Makes a channel and goes to its page; a secret that the gateway made is shown first. */
export function ChannelDialog(props: { onClose: () => void }): JSX.Element {
  const navigate = useNavigate();
  const [type, setType] = createSignal<ChannelType>("email");
  const make = useMutation(() => ({
    mutationFn: (wanted: { name: string; settings: ChannelSettings }) =>
      makeChannel(wanted.name, wanted.settings),
    onSuccess({ id, secret }) {
      if (secret !== undefined) return;
      props.onClose();
      navigate(triggerPath("channels", id));
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const typed = Object.fromEntries(channelFields[type()].map(({ name }) => [name, textOf(form, name)]));
    make.mutate({ name: textOf(form, "channel"), settings: readChannel(type(), typed) });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("channels.new")}>
      <Show
        when={make.data?.secret}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <NameField name="channel" />
            <Field label={t("channels.type")}>
              {(ids) => (
                <select
                  {...ids}
                  class={inputClass}
                  value={type()}
                  // The options are the types.
                  onChange={(event) => setType(event.currentTarget.value as ChannelType)}
                >
                  <For each={Object.keys(channelNames) as ChannelType[]}>
                    {(one) => <option value={one}>{channelName(one)}</option>}
                  </For>
                </select>
              )}
            </Field>
            <For each={channelFields[type()]}>
              {(field) => (
                <Field label={t(field.label)} hint={field.hint === undefined ? undefined : t(field.hint)}>
                  {(ids) => (
                    <input
                      {...ids}
                      name={field.name}
                      type={field.isSecret === true ? "password" : "text"}
                      class={inputClass}
                      required={field.isOptional !== true}
                      autocomplete="off"
                      autocapitalize="none"
                    />
                  )}
                </Field>
              )}
            </For>
            <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button type="submit" look="primary" class="justify-self-end" disabled={make.isPending}>
              {t("triggers.create")}
            </Button>
          </form>
        }
      >
        {(secret) => (
          <>
            <SecretOnce secret={secret()} />
            <A
              class={`${buttonClass("primary")} justify-self-end`}
              href={triggerPath("channels", make.data?.id ?? "")}
              onClick={() => props.onClose()}
            >
              {t("channels.go")}
            </A>
          </>
        )}
      </Show>
    </Dialog>
  );
}
