import { useMutation } from "@tanstack/solid-query";
import { type JSX, Match, Show, Switch } from "solid-js";
import { encode } from "uqr";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";
import { t } from "../words/words.ts";
import { beginFactor, confirmFactor, removeFactor } from "./own-queries.ts";
import { PasswordInput } from "./password-panel.tsx";

/** Sets up a second factor: the password, then the code for an app, then the recovery codes. */
export function AddFactorDialog(props: { onClose: () => void }): JSX.Element {
  const begin = useMutation(() => ({ mutationFn: (password: string) => beginFactor(password) }));
  const confirm = useMutation(() => ({ mutationFn: (code: string) => confirmFactor(code) }));
  return (
    <Dialog open onClose={props.onClose} title={t("settings.factor_add")}>
      <Switch>
        <Match when={confirm.data}>
          {(codes) => (
            <>
              <ShownOnce
                text={codes().join("\n")}
                what={t("settings.factor_codes")}
                hint={t("settings.factor_codes_hint")}
              />
              <Button look="primary" class="justify-self-end" onClick={() => props.onClose()}>
                {t("settings.factor_done")}
              </Button>
            </>
          )}
        </Match>
        <Match when={begin.data}>
          {(offer) => (
            <form class="grid gap-4" onSubmit={(event) => submitted(event, "code", confirm.mutate)}>
              <p>{t("settings.factor_scan")}</p>
              <QrCode text={offer().uri} />
              <a class="justify-self-start break-all text-accent underline" href={offer().uri}>
                {t("settings.factor_open")}
              </a>
              <ShownOnce
                text={offer().secret}
                what={t("settings.factor_secret")}
                hint={t("settings.factor_type")}
              />
              <CodeField />
              <SendButton sending={confirm}>{t("settings.factor_confirm")}</SendButton>
            </form>
          )}
        </Match>
        <Match when={true}>
          <form class="grid gap-4" onSubmit={(event) => submitted(event, "password", begin.mutate)}>
            <Field label={t("settings.password_current")}>
              {(ids) => <PasswordInput {...ids} name="password" complete="current-password" />}
            </Field>
            <SendButton sending={begin}>{t("settings.factor_next")}</SendButton>
          </form>
        </Match>
      </Switch>
    </Dialog>
  );
}

/** Removes the second factor, with the password and a last code. */
export function RemoveFactorDialog(props: { onClose: () => void }): JSX.Element {
  const remove = useMutation(() => ({
    mutationFn: (given: { password: string; code: string }) => removeFactor(given.password, given.code),
    onSuccess: () => props.onClose(),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    remove.mutate({ password: String(data.get("password")), code: String(data.get("code")) });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("settings.factor_remove")}>
      <form class="grid gap-4" onSubmit={submit}>
        <Field label={t("settings.password_current")}>
          {(ids) => <PasswordInput {...ids} name="password" complete="current-password" />}
        </Field>
        <CodeField />
        <Show when={remove.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Button type="submit" look="danger" class="justify-self-end" disabled={remove.isPending}>
          {t("settings.factor_remove")}
        </Button>
      </form>
    </Dialog>
  );
}

function CodeField(): JSX.Element {
  return (
    <Field label={t("settings.factor_code")} hint={t("settings.factor_code_hint")}>
      {(ids) => (
        <input
          {...ids}
          name="code"
          class={`${inputClass} font-mono`}
          required
          maxLength={40}
          autocomplete="one-time-code"
        />
      )}
    </Field>
  );
}

/** A text as a code that a camera reads: dark on light in every theme. */
function QrCode(props: { text: string }): JSX.Element {
  const code = () => encode(props.text, { border: 2 });
  const path = () =>
    code()
      .data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
      .join("");
  return (
    <svg
      role="img"
      aria-label={t("settings.factor_qr")}
      viewBox={`0 0 ${code().size} ${code().size}`}
      class="size-48 justify-self-center rounded-md bg-white"
      shape-rendering="crispEdges"
    >
      <path d={path()} fill="#000" />
    </svg>
  );
}

function submitted(
  event: SubmitEvent & { currentTarget: HTMLFormElement },
  name: string,
  act: (text: string) => void,
): void {
  event.preventDefault();
  act(String(new FormData(event.currentTarget).get(name) ?? ""));
}
