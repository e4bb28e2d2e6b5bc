import { useMutation } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { exact } from "../ui/moment.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { t } from "../words/words.ts";
import { SecretOnce } from "./secret-once.tsx";
import { textOf } from "./target-field.tsx";
import { rotateSecret } from "./webhook-queries.ts";

/** Gives a webhook another secret, which is shown this once. */
export function RotateDialog(props: { id: string; name: string; onClose: () => void }): JSX.Element {
  const rotate = useMutation(() => ({ mutationFn: (secret: string) => rotateSecret(props.id, secret) }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    rotate.mutate(textOf(new FormData(event.currentTarget), "secret"));
  };
  return (
    <Dialog open onClose={props.onClose} title={t("webhooks.rotate_title", { name: props.name })}>
      <Show
        when={rotate.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <p>{t("webhooks.rotate_hint")}</p>
            <Field label={t("triggers.secret")} hint={t("webhooks.secret_hint")}>
              {(ids) => (
                <input {...ids} name="secret" type="password" class={inputClass} autocomplete="off" />
              )}
            </Field>
            <SendButton sending={rotate}>{t("webhooks.rotate")}</SendButton>
          </form>
        }
      >
        {(rotated) => (
          <>
            <Show when={rotated().secret} fallback={<p>{t("webhooks.rotated")}</p>}>
              {(secret) => <SecretOnce secret={secret()} />}
            </Show>
            <Show when={rotated().oldSecretUntil}>
              {(until) => <p class="text-muted">{t("webhooks.old_until", { at: exact(until()) })}</p>}
            </Show>
            <Button class="justify-self-end" onClick={() => props.onClose()}>
              {t("shell.close")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}
