import { useMutation } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { setSecret } from "./access-queries.ts";

/** Sets a secret, or with a name the next version of that one. What was typed is kept nowhere. */
export function SecretDialog(props: { name: string; onClose: () => void }): JSX.Element {
  const save = useMutation(() => ({
    mutationFn: (given: { name: string; value: string }) => setSecret(given.name, given.value),
    onSuccess: (_, { name }) => {
      say(t("access.secret_saved", { name }));
      props.onClose();
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = props.name === "" ? String(form.get("name") ?? "").trim() : props.name;
    save.mutate({ name, value: String(form.get("value") ?? "") });
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={
        props.name === "" ? t("access.secret_new") : t("access.secret_replace_title", { name: props.name })
      }
    >
      <form class="grid gap-4" onSubmit={submit} autocomplete="off">
        <Show when={props.name === ""}>
          <Field label={t("access.name")} hint={t("access.secret_name_hint")}>
            {(ids) => (
              <input
                {...ids}
                name="name"
                class={`${inputClass} font-mono`}
                required
                autofocus
                maxLength={128}
                autocomplete="off"
              />
            )}
          </Field>
        </Show>
        <Field label={t("access.secret_value")} hint={t("access.secret_value_hint")}>
          {(ids) => (
            <textarea
              {...ids}
              name="value"
              rows={4}
              class={`${inputClass} font-mono text-xs`}
              required
              spellcheck={false}
              autocomplete="off"
              autocapitalize="none"
            />
          )}
        </Field>
        <SendButton sending={save}>{t("access.secret_save")}</SendButton>
      </form>
    </Dialog>
  );
}
