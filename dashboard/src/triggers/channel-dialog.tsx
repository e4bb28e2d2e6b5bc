import type { ChannelSettings, ChannelType, ChannelView } from "@pulse/schema/wire/channels";
import { A, useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show, untrack } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { channelFields, channelNames, readChannel } from "./channel-form.ts";
import { channelName } from "./channel-name.ts";
import { editChannel, makeChannel } from "./channel-queries.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { SecretOnce } from "./secret-once.tsx";
import { textOf } from "./target-field.tsx";

/**
 * Makes a channel and goes to its page, or gives the `old` one other settings in place of all of its own; a secret that the gateway made is shown
 * first.
 */
export function ChannelDialog(props: { onClose: () => void; old?: ChannelView }): JSX.Element {
  const navigate = useNavigate();
  const old = untrack(() => props.old);
  const [type, setType] = createSignal<ChannelType>(old?.type ?? "email");
  const make = useMutation(() => ({
    mutationFn: async (wanted: { name: string; settings: ChannelSettings }) =>
      old === undefined
        ? makeChannel(wanted.name, wanted.settings)
        : { id: old.id, secret: await editChannel(old.id, wanted.settings) },
    onSuccess({ id, secret }) {
      if (secret !== undefined) return;
      props.onClose();
      if (old !== undefined) say(t("triggers.changed"));
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
    <Dialog
      open
      onClose={props.onClose}
      title={old === undefined ? t("channels.new") : t("triggers.change_title", { name: old.name })}
    >
      <Show
        when={make.data?.secret}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Show when={old === undefined} fallback={<p class="text-muted">{t("channels.change_hint")}</p>}>
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
            </Show>
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
            <SendButton sending={make}>
              {t(old === undefined ? "triggers.create" : "triggers.save")}
            </SendButton>
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
