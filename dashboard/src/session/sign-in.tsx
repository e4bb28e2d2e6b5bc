import { type ProblemCode, ProblemError, problemCodes } from "@pulse/schema/problem";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { chooseLanguage, type Language, language, languages, t } from "../words/words.ts";
import { signIn, signInQuery } from "./queries.ts";

/** The way in: a person's name and password, with the second factor where it is asked for, or an API key. `expired`: there was a session before. */
export function SignIn(props: { expired: boolean }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>(problemOfProvider());
  const [needsCode, setNeedsCode] = createSignal(false);
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const [key, totp] = [text("key").trim(), text("totp").trim()];
    const person = {
      username: text("username"),
      password: text("password"),
      ...(totp === "" ? {} : { totp }),
    };
    setBusy(true);
    setError(null);
    try {
      await signIn(key === "" ? person : { key });
    } catch (problem) {
      if (problem instanceof ProblemError && problem.code === "second_factor_required") setNeedsCode(true);
      else setError(problem);
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
        <ProviderLink />
        <form class="grid gap-4" onSubmit={(event) => void submit(event)}>
          <Field label={t("signin.username")}>
            {(ids) => (
              <input
                {...ids}
                name="username"
                class={inputClass}
                autocomplete="username"
                autofocus
                maxLength={200}
              />
            )}
          </Field>
          <Field label={t("signin.password")}>
            {(ids) => (
              <input
                {...ids}
                name="password"
                type="password"
                class={inputClass}
                autocomplete="current-password"
              />
            )}
          </Field>
          <Show when={needsCode()}>
            <Field label={t("signin.code")}>
              {(ids) => (
                <input
                  {...ids}
                  name="totp"
                  class={`${inputClass} font-mono`}
                  autocomplete="one-time-code"
                  ref={(input) => queueMicrotask(() => input.focus())}
                  maxLength={40}
                />
              )}
            </Field>
          </Show>
          <p class="text-muted">{t("signin.or")}</p>
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
                autocomplete="off"
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

/** Leads to the identity provider, where there is one, and back to this page. */
function ProviderLink(): JSX.Element {
  const methods = useQuery(signInQuery);
  const here = () => location.pathname + location.search;
  return (
    <Show when={dataOf(methods)?.oidc}>
      {(oidc) => (
        <a
          class="rounded-md border border-edge bg-surface px-3 py-2 text-center font-medium text-ink hover:bg-sunken"
          rel="external"
          href={`${oidc().url}?return=${encodeURIComponent(here())}`}
        >
          {t("signin.provider", { name: oidc().name })}
        </a>
      )}
    </Show>
  );
}

/** What came of a sign-in at the identity provider that failed: the gateway leads back here with its code. */
function problemOfProvider(): ProblemError | null {
  const code = new URLSearchParams(location.search).get("signin");
  if (code === null || !Object.hasOwn(problemCodes, code)) return null;
  return new ProblemError(code as ProblemCode, t("signin.provider_failed"));
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
