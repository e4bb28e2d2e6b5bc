import { gitHosts } from "@pulse/schema/git-hosts";
import type { SourceView } from "@pulse/schema/wire/sources";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";
import { TextToCopy } from "../ui/text-to-copy.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { givenIn, SourceFields } from "./source-fields.tsx";
import { settingsOf, sourceOf } from "./source-form.ts";
import {
  makeSource,
  type NewSource,
  rotateSourceSecret,
  type SourceSettings,
  setSource,
} from "./source-queries.ts";

type Submit = SubmitEvent & { currentTarget: HTMLFormElement };

/** Makes a source, and shows this once what its host has to be told. `onMade`: it is there, and the dialog was read. */
export function AddSourceDialog(props: { onClose: () => void; onMade: (name: string) => void }): JSX.Element {
  const [needsHost, setNeedsHost] = createSignal(false);
  const make = useMutation(() => ({ mutationFn: (wanted: NewSource) => makeSource(wanted) }));
  const submit = (event: Submit) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const wanted = sourceOf({
      ...{ name: text("name"), repository: text("repository"), host: text("host") },
      ...givenIn(form),
    });
    setNeedsHost(wanted === null);
    if (wanted !== null) make.mutate(wanted);
  };
  const close = () => {
    const made = make.data?.name;
    props.onClose();
    if (made !== undefined) props.onMade(made);
  };
  return (
    <Dialog open onClose={close} title={t("sources.add")}>
      <Show
        when={make.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Field label={t("sources.name")} hint={t("sources.name_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="name"
                  class={inputClass}
                  required
                  autofocus
                  maxLength={63}
                  autocomplete="off"
                  autocapitalize="none"
                />
              )}
            </Field>
            <Field label={t("sources.repository")} hint={t("sources.repository_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="repository"
                  type="url"
                  class={`${inputClass} font-mono text-xs`}
                  required
                  maxLength={500}
                  autocomplete="off"
                />
              )}
            </Field>
            <Field label={t("sources.host")} wrong={needsHost() ? t("sources.host_needed") : undefined}>
              {(ids) => (
                <select {...ids} name="host" class={inputClass}>
                  <option value="">{t("sources.host_by_address")}</option>
                  <For each={gitHosts}>
                    {(host) => <option value={host}>{t(`sources.host_${host}`)}</option>}
                  </For>
                </select>
              )}
            </Field>
            <SourceFields given={{ branch: "main", folder: "", token: "", prune: false }} />
            <SendButton sending={make}>{t("sources.make")}</SendButton>
          </form>
        }
      >
        {(made) => (
          <>
            <p>{t("sources.made_hint")}</p>
            <div class="grid gap-2">
              <p class="font-medium">{t("sources.url")}</p>
              <TextToCopy text={made().url} what={t("sources.url")} />
            </div>
            <ShownOnce text={made().secret} what={t("sources.secret")} hint={t("sources.secret_once")} />
            <p class="text-muted">{t(`sources.set_up_${made().host}`)}</p>
            <Button look="primary" class="justify-self-end" onClick={close}>
              {t("sources.entered")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}

/** Changes what a source follows; its repository stays. */
export function ChangeSourceDialog(props: { source: SourceView; onClose: () => void }): JSX.Element {
  // As they are when the dialog opens: what is read again meanwhile must not undo what was typed.
  const { name, branch, folder, token, prune } = props.source;
  const save = useMutation(() => ({
    mutationFn: (wanted: SourceSettings) => setSource(name, wanted),
    onSuccess() {
      say(t("sources.changed", { name }));
      props.onClose();
    },
  }));
  const submit = (event: Submit) => {
    event.preventDefault();
    save.mutate(settingsOf(givenIn(new FormData(event.currentTarget))));
  };
  return (
    <Dialog open onClose={props.onClose} title={t("sources.change_title", { name })}>
      <form class="grid gap-4" onSubmit={submit}>
        <SourceFields given={{ branch, folder, token: token ?? "", prune }} />
        <Show when={save.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary" disabled={save.isPending}>
            {t("settings.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Gives a source another secret, after asking, and shows it this once. */
export function RotateSourceDialog(props: { source: SourceView; onClose: () => void }): JSX.Element {
  const rotate = useMutation(() => ({ mutationFn: () => rotateSourceSecret(props.source.name) }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    rotate.mutate();
  };
  return (
    <Dialog open onClose={props.onClose} title={t("sources.rotate_title", { name: props.source.name })}>
      <Show
        when={rotate.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <p>{t("sources.rotate_hint")}</p>
            <Show when={rotate.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <div class="flex flex-wrap justify-end gap-2">
              <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
              <Button type="submit" look="danger" disabled={rotate.isPending}>
                {t("sources.rotate")}
              </Button>
            </div>
          </form>
        }
      >
        {(secret) => (
          <>
            <ShownOnce text={secret()} what={t("sources.secret")} hint={t("sources.secret_once")} />
            <p class="text-muted">{t(`sources.set_up_${props.source.host}`)}</p>
            <Button look="primary" class="justify-self-end" onClick={() => props.onClose()}>
              {t("sources.entered")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}
