import { setUp } from "@pulse/schema/wire/auth";
import type { Language as Runtime } from "@pulse/schema/wire/manifest";
import { A } from "@solidjs/router";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { Button, buttonClass } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { LanguageChoice } from "../ui/language-choice.tsx";
import { lazily } from "../ui/lazily.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { api } from "./client.ts";
import { queryClient } from "./query-client.ts";
import { LanguageField } from "./sign-in.tsx";

const mostMs = 30_000;

const FirstRun = lazily(
  async () => (await import("../functions/first-run.tsx")).FirstRun,
  ["setup", "functions", "executions", "logs", "runners"],
);

/**
 * The page of the set-up URL, whose token stands in the fragment that no browser sends by itself: one form makes the first person, and then the sample
 * is deployed and called and its result shown. Without a token it says how to get one.
 */
export function SetUp(): JSX.Element {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  // It is good once; nobody needs it in the history.
  history.replaceState(history.state, "", location.pathname);
  const [chosen, setChosen] = createSignal<Runtime | null>(null);
  return (
    <main class="grid min-h-dvh place-items-center p-4">
      <div
        class={`grid w-full min-w-0 gap-4 rounded-xl border border-line bg-surface p-6 shadow-sm ${chosen() === null ? "max-w-md" : "max-w-3xl"}`}
      >
        <div class="flex items-center gap-3">
          <img src="/icon.svg" alt="" class="size-9" />
          <h1 class="text-lg font-semibold">{t("setup.title")}</h1>
        </div>
        <Switch
          fallback={
            <>
              <p>{t("setup.how")}</p>
              <pre class="overflow-x-auto rounded-md bg-sunken p-3 text-xs">pulse setup --url</pre>
              <A href="/functions" class={`${buttonClass("primary")} justify-self-start`}>
                {t("setup.sign_in")}
              </A>
            </>
          }
        >
          <Match when={chosen()}>{(runtime) => <FirstRun runtime={runtime()} />}</Match>
          <Match when={token}>{(given) => <SetUpForm token={given()} onOpened={setChosen} />}</Match>
        </Switch>
      </div>
    </main>
  );
}

function SetUpForm(props: { token: string; onOpened: (runtime: Runtime) => void }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>(null);
  const [runtime, setRuntime] = createSignal<Runtime>("typescript");
  const open = async (person: { username?: string; password?: string }) => {
    if (busy()) return;
    setBusy(true);
    setError(null);
    try {
      await api.call(setUp, {
        body: { token: props.token, ...person },
        signal: AbortSignal.timeout(mostMs),
      });
      await queryClient.resetQueries({ queryKey: ["me"] });
      props.onOpened(runtime());
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void open({ username: String(form.get("username")), password: String(form.get("password")) });
  };
  return (
    <>
      <p>{t("setup.about")}</p>
      <form class="grid gap-4" onSubmit={submit}>
        <LanguageField label={t("signin.language")} />
        <Field label={t("signin.username")} hint={t("setup.username_hint")}>
          {(ids) => (
            <input
              {...ids}
              name="username"
              class={inputClass}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              maxLength={128}
              required
              autofocus
            />
          )}
        </Field>
        <Field label={t("signin.password")} hint={t("setup.password_hint")}>
          {(ids) => (
            <input
              {...ids}
              name="password"
              type="password"
              class={inputClass}
              autocomplete="new-password"
              maxLength={1024}
              required
            />
          )}
        </Field>
        <LanguageChoice
          label={t("setup.sample")}
          nameOf={(one) => t(`setup.sample_${one}`)}
          value={runtime()}
          onChange={setRuntime}
        />
        <Show when={error()}>{(problem) => <ProblemNotice error={problem()} />}</Show>
        <Button type="submit" look="primary" aria-disabled={busy()}>
          {busy() ? t("setup.busy") : t("setup.submit")}
        </Button>
      </form>
      <div class="grid gap-2 border-t border-line pt-4">
        <p class="text-xs text-muted">{t("setup.without_hint")}</p>
        <Button class="justify-self-start" aria-disabled={busy()} onClick={() => void open({})}>
          {t("setup.without")}
        </Button>
        <Show when={error()}>
          <A href="/functions" class="min-h-6 justify-self-start text-accent underline">
            {t("setup.sign_in")}
          </A>
        </Show>
      </div>
    </>
  );
}
