import { formatDuration } from "@pulse/schema/duration-text";
import type { RetentionView } from "@pulse/schema/wire/retention";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { meQuery } from "../session/queries.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Fact, Facts } from "../ui/facts.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { number, t } from "../words/words.ts";
import {
  auditKeptQuery,
  previewQuery,
  type RetentionWish,
  retentionQuery,
  setAuditKept,
  setRetention,
} from "./keeping-queries.ts";
import { changeOf, formOf, keptKinds, previewOf, type RetentionForm } from "./retention-form.ts";
import { SettingsFrame } from "./settings-frame.tsx";

/** How long the project keeps what it did, and what a change would delete. */
export function RetentionPage(): JSX.Element {
  const kept = useQuery(retentionQuery);
  const me = useQuery(meQuery);
  const isAdmin = () => dataOf(me)?.scopes.includes("admin") === true;
  return (
    <SettingsFrame part="retention">
      <p class="text-muted">{t("settings.kept_hint")}</p>
      <Loaded query={kept}>{(view) => <KeptPanel view={view()} mayChange={isAdmin()} />}</Loaded>
      <Show when={isAdmin()}>
        <AuditKeptPanel />
      </Show>
    </SettingsFrame>
  );
}

function KeptPanel(props: { view: RetentionView; mayChange: boolean }): JSX.Element {
  const [written, setWritten] = createSignal<Partial<RetentionForm>>({});
  const [isAsked, setAsked] = createSignal(false);
  const form = (): RetentionForm => ({ ...formOf(props.view), ...written() });
  const change = (): RetentionWish => changeOf(form(), props.view);
  const isChanged = () => Object.keys(change()).length > 0;
  const preview = useQuery(() => ({
    ...previewQuery(previewOf(change())),
    placeholderData: keepPreviousData,
  }));
  const save = async () => {
    await setRetention(change());
    setWritten({});
    say(t("settings.kept_saved"));
  };
  const field = (name: keyof RetentionForm) => (
    <Field label={t(`settings.kept_${name}`)} hint={t(`settings.kept_${name}_hint`)}>
      {(ids) => (
        <input
          {...ids}
          class={`${inputClass} max-w-40`}
          value={form()[name]}
          disabled={!props.mayChange}
          inputMode={name === "versions" ? "numeric" : "text"}
          placeholder={name === "versions" ? t("settings.kept_all") : undefined}
          onChange={(event) => setWritten({ ...written(), [name]: event.currentTarget.value.trim() })}
        />
      )}
    </Field>
  );
  return (
    <Panel title={t("settings.kept")}>
      <form
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged()) setAsked(true);
        }}
      >
        <div class="grid gap-4 sm:grid-cols-2">
          <For each={keptKinds}>{(kind) => field(kind)}</For>
          {field("versions")}
        </div>
        <section aria-label={t("settings.would_go")} aria-live="polite" class="grid gap-2">
          <h3 class="font-medium">{t(isChanged() ? "settings.would_go" : "settings.goes_now")}</h3>
          <Show when={preview.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <Show when={preview.error === null && dataOf(preview)}>
            {(found) => (
              <Facts>
                <Fact name={t("settings.kept_executions")}>{number(found().executions.count)}</Fact>
                <Fact name={t("settings.kept_logs")}>
                  {number(found().logs.count)} · {bytesText(found().logs.bytes)}
                </Fact>
                <Fact name={t("settings.kept_payloads")}>
                  {number(found().payloads.count)} · {bytesText(found().payloads.bytes)}
                </Fact>
                <Fact name={t("settings.kept_versions")}>{number(found().versions.count)}</Fact>
                <Show when={!found().isAll}>
                  <Fact name={t("settings.partly")}>{t("settings.partly_hint")}</Fact>
                </Show>
              </Facts>
            )}
          </Show>
        </section>
        <Show when={props.mayChange}>
          <Button type="submit" look="primary" class="justify-self-start" disabled={!isChanged()}>
            {t("settings.save")}
          </Button>
        </Show>
      </form>
      <Show when={isAsked()}>
        <AskDialog
          title={t("settings.kept_ask")}
          hint={t("settings.kept_ask_hint")}
          action={t("settings.save")}
          act={save}
          onClose={() => setAsked(false)}
        />
      </Show>
    </Panel>
  );
}

function AuditKeptPanel(): JSX.Element {
  const kept = useQuery(auditKeptQuery);
  const save = useMutation(() => ({
    mutationFn: (text: string) => setAuditKept(text),
    onSuccess: () => say(t("settings.kept_saved")),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    save.mutate(String(new FormData(event.currentTarget).get("kept") ?? "").trim());
  };
  return (
    <Panel title={t("settings.part_audit")}>
      <Loaded query={kept}>
        {(view) => (
          <form class="grid gap-3" onSubmit={submit}>
            <Field label={t("settings.kept_audit")} hint={t("settings.kept_audit_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  name="kept"
                  class={`${inputClass} max-w-40`}
                  value={formatDuration(view().keptMs)}
                />
              )}
            </Field>
            <Show when={save.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button type="submit" class="justify-self-start" disabled={save.isPending}>
              {t("settings.save")}
            </Button>
          </form>
        )}
      </Loaded>
    </Panel>
  );
}
