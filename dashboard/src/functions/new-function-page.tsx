import type { Language } from "@pulse/schema/wire/manifest";
import { useNavigate } from "@solidjs/router";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { LanguageChoice } from "../ui/language-choice.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { createDraft, starterBody } from "./draft-writer.ts";
import { loadNameRule, type NameRule } from "./name-rule.ts";
import { functionPath } from "./paths.ts";
import { draftsQuery, functionsQuery } from "./queries.ts";

/** Makes a function to be: a draft in a language, from the same start as `pulse init`. */
export function NewFunctionPage(): JSX.Element {
  const navigate = useNavigate();
  const functions = useQuery(functionsQuery);
  const drafts = useQuery(draftsQuery);
  const [runtime, setRuntime] = createSignal<Language>("typescript");
  const [name, setName] = createSignal("");
  const [wasSent, setSent] = createSignal(false);
  const [mayBe, setMayBe] = createSignal<NameRule>(() => true);
  const ruleCame = loadNameRule().then((rule) => setMayBe(() => rule));
  const isTaken = () =>
    [...(dataOf(functions) ?? []), ...(dataOf(drafts) ?? [])].some((one) => one.name === name());
  const wrong = () => {
    if (isTaken()) return t("functions.name_taken");
    return wasSent() && !mayBe()(name()) ? t("functions.name_rule") : undefined;
  };
  const create = useMutation(() => ({
    mutationFn: () => createDraft(name(), runtime()),
    onSuccess: () => navigate(functionPath(name(), { tab: "code" })),
  }));
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    void ruleCame.then(() => {
      setSent(true);
      if (wrong() === undefined && !create.isPending) create.mutate();
    });
  };
  const preview = () => Object.entries(starterBody(runtime()).files)[0];
  return (
    <Page title={t("functions.new")}>
      <div class="grid items-start gap-4 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
        <form class="grid gap-4 rounded-lg border border-line bg-surface p-4" onSubmit={send} novalidate>
          <Field label={t("functions.name")} hint={t("functions.name_rule")} wrong={wrong()}>
            {(ids) => (
              <input
                {...ids}
                class={inputClass}
                value={name()}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                maxlength="63"
                required
                onInput={(event) => setName(event.currentTarget.value.trim())}
              />
            )}
          </Field>
          <LanguageChoice
            label={t("functions.runtime")}
            nameOf={(one) => t(`functions.runtime_${one}`)}
            value={runtime()}
            onChange={setRuntime}
          />
          <Show when={create.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <Button type="submit" look="primary" disabled={create.isPending}>
            {t("functions.create")}
          </Button>
        </form>
        <Panel title={t("functions.starts_with")} flush>
          <CodeText
            class="rounded-none border-0"
            label={preview()?.[0] ?? ""}
            text={String(preview()?.[1] ?? "")}
          />
        </Panel>
      </div>
    </Page>
  );
}
