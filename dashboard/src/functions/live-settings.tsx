import { ProblemError } from "@pulse/schema/problem";
import type { FunctionView } from "@pulse/schema/wire/functions";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import {
  type LiveField,
  type LiveFields,
  liveFields,
  livePatchOf,
  livePointers,
  wrongOf,
} from "./live-form.ts";
import { changeSettings } from "./queries.ts";

/** The settings that change at once, without a version. */
export function LiveSettings(props: { view: FunctionView }): JSX.Element {
  // What is typed stays, whatever the gateway tells meanwhile.
  const [typed, setTyped] = createSignal<Partial<LiveFields>>({});
  const fields = (): LiveFields => ({ ...liveFields(props.view.settings), ...typed() });
  const save = useMutation(() => ({
    mutationFn: () => changeSettings(props.view.name, livePatchOf(fields(), props.view.settings)),
    onSuccess: () => {
      setTyped({});
      say(t("fnset.saved"));
    },
  }));
  const errors = () => (save.error instanceof ProblemError ? (save.error.extras.errors ?? []) : []);
  const isElsewhere = () => save.error !== null && !errors().some(({ pointer }) => isShown(pointer));
  const text = (field: LiveField, hint?: JSX.Element) => (
    <Field label={t(`fnset.${field}`)} hint={hint} wrong={wrongOf(livePointers[field], errors())}>
      {(ids) => (
        <input
          {...ids}
          class={inputClass}
          value={fields()[field]}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTyped({ ...typed(), [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  const lines = (field: LiveField, hint?: JSX.Element) => (
    <Field label={t(`fnset.${field}`)} hint={hint} wrong={wrongOf(livePointers[field], errors())}>
      {(ids) => (
        <textarea
          {...ids}
          class={`${inputClass} font-mono text-xs leading-5`}
          rows="2"
          spellcheck={false}
          value={fields()[field]}
          onInput={(event) => setTyped({ ...typed(), [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  const choice = (
    field: LiveField,
    options: readonly [value: string, name: string][],
    hint?: JSX.Element,
  ) => (
    <Field label={t(`fnset.${field}`)} hint={hint} wrong={wrongOf(livePointers[field], errors())}>
      {(ids) => (
        <select
          {...ids}
          class={inputClass}
          onChange={(event) => setTyped({ ...typed(), [field]: event.currentTarget.value })}
        >
          {options.map(([value, name]) => (
            <option value={value} selected={fields()[field] === value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <Panel title={t("fnset.live_title")}>
      <form
        class="grid gap-4"
        novalidate
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <p class="text-muted">{t("fnset.live_hint")}</p>
        {choice(
          "auth",
          [
            ["key", t("fnset.auth_key")],
            ["public", t("fnset.auth_public")],
          ],
          fields().auth === "public" ? (
            <strong class="text-warn">{t("fnset.auth_public_hint")}</strong>
          ) : (
            t("fnset.auth_key_hint")
          ),
        )}
        {choice("mode", [
          ["sync", t("fnset.mode_sync")],
          ["async", t("fnset.mode_async")],
        ])}
        <div class="grid items-start gap-4 sm:grid-cols-2">
          {text("methods", t("fnset.methods_hint"))}
          {text("rateLimit", t("fnset.rateLimit_hint"))}
          {text("maxBody", t("fnset.maxBody_hint"))}
          {text("maxConcurrency", t("fnset.maxConcurrency_hint"))}
          {choice("onLimit", [
            ["queue", t("fnset.onLimit_queue")],
            ["reject", t("fnset.onLimit_reject")],
          ])}
          {text("minWarm")}
          {text("keepAlive", t("fnset.keepAlive_hint"))}
          {text("pool")}
        </div>
        {lines("labels", t("fnset.labels_hint"))}
        {lines("origins", t("fnset.origins_hint"))}
        <label class="flex min-h-6 items-center gap-2">
          <input
            type="checkbox"
            class="size-4 accent-accent"
            checked={fields().cancelOnDisconnect === "true"}
            onChange={(event) =>
              setTyped({ ...typed(), cancelOnDisconnect: event.currentTarget.checked ? "true" : "" })
            }
          />
          {t("fnset.cancelOnDisconnect")}
        </label>
        <Show when={isElsewhere()}>
          <ProblemNotice error={save.error} />
        </Show>
        <Show when={errors().length > 0 && !isElsewhere()}>
          <p role="alert" class="text-bad">
            {t("fnset.wrong")}
          </p>
        </Show>
        <Allowed scope="deploy">
          <Button type="submit" look="primary" class="justify-self-start" disabled={save.isPending}>
            {t("fnset.save")}
          </Button>
        </Allowed>
      </form>
    </Panel>
  );
}

function isShown(pointer: string): boolean {
  return Object.values(livePointers).some((one) => wrongOf(one, [{ pointer, detail: "" }]) !== undefined);
}
