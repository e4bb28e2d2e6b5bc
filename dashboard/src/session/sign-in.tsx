import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { chooseLanguage, type Language, language, languages, t } from "../words/words.ts";
import { signIn } from "./queries.ts";

/** The way in: an API key opens a session. `expired`: there was one before. */
export function SignIn(props: { expired: boolean }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>(null);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    setBusy(true);
    setError(null);
    try {
      await signIn(String(key).trim());
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="grid min-h-dvh place-items-center p-4">
      <div class="grid w-full max-w-sm gap-5 rounded-xl border border-line bg-surface p-6 shadow-sm">
        <div class="flex items-center gap-3">
          <img src="/icon.svg" alt="" class="size-9" />
          <h1 class="text-lg font-semibold">{t("signin.title")}</h1>
        </div>
        <Show when={props.expired}>
          <p role="status" class="rounded-md bg-warn-soft px-3 py-2 text-warn">
            {t("signin.expired")}
          </p>
        </Show>
        <form class="grid gap-4" onSubmit={(event) => void submit(event)}>
          <Field
            label={t("signin.key")}
            hint={<HintWithCode text={t("signin.key_hint", { file: "\u0000" })} code="admin-key" />}
          >
            {(ids) => (
              <input
                {...ids}
                name="key"
                type="password"
                class={`${inputClass} font-mono`}
                autocomplete="current-password"
                required
                autofocus
                maxLength={200}
                placeholder="pk_…"
              />
            )}
          </Field>
          <Show when={error()}>{(problem) => <ProblemNotice error={problem()} />}</Show>
          <Button type="submit" look="primary" disabled={busy()}>
            {busy() ? t("signin.busy") : t("signin.submit")}
          </Button>
        </form>
        <LanguageField label={t("signin.language")} />
      </div>
    </main>
  );
}

function HintWithCode(props: { text: string; code: string }): JSX.Element {
  const parts = () => props.text.split("\u0000");
  return (
    <>
      {parts()[0]}
      <code>{props.code}</code>
      {parts()[1]}
    </>
  );
}

/** Chooses the language of everything at once. */
export function LanguageField(props: { label: string }): JSX.Element {
  return (
    <Field label={props.label}>
      {(ids) => (
        <select
          {...ids}
          class={inputClass}
          onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}
        >
          <For each={Object.entries(languages)}>
            {([code, name]) => (
              <option value={code} lang={code} selected={code === language()}>
                {name}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
  );
}
