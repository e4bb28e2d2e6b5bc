import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { setPassword } from "./own-queries.ts";

/** Changes the password of whoever is signed in. */
export function PasswordPanel(): JSX.Element {
  const [isOther, setOther] = createSignal(false);
  let form: HTMLFormElement | undefined;
  const change = useMutation(() => ({
    mutationFn: (given: { current: string; password: string }) => setPassword(given.current, given.password),
    onSuccess: () => {
      form?.reset();
      say(t("settings.password_changed"));
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "");
    const isSame = text("password") === text("again");
    setOther(!isSame);
    if (isSame) change.mutate({ current: text("current"), password: text("password") });
  };
  return (
    <Panel title={t("settings.password")}>
      <form ref={form} class="grid gap-4" onSubmit={submit}>
        <Field label={t("settings.password_current")}>
          {(ids) => <PasswordInput {...ids} name="current" complete="current-password" />}
        </Field>
        <Field label={t("settings.password_new")} hint={t("settings.password_hint")}>
          {(ids) => <PasswordInput {...ids} name="password" complete="new-password" />}
        </Field>
        <Field
          label={t("settings.password_again")}
          wrong={isOther() ? t("settings.password_differs") : undefined}
        >
          {(ids) => <PasswordInput {...ids} name="again" complete="new-password" />}
        </Field>
        <Show when={change.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Button type="submit" class="justify-self-start" disabled={change.isPending}>
          {t("settings.password_change")}
        </Button>
      </form>
    </Panel>
  );
}

/** A field for a password. */
export function PasswordInput(
  props: JSX.InputHTMLAttributes<HTMLInputElement> & { complete: "current-password" | "new-password" },
): JSX.Element {
  return (
    <input
      id={props.id}
      aria-describedby={props["aria-describedby"]}
      aria-invalid={props["aria-invalid"]}
      name={props.name}
      type="password"
      class={inputClass}
      required
      maxLength={500}
      autocomplete={props.complete}
    />
  );
}
