import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { makeRule, type NewRule } from "./channel-queries.ts";
import { eventWords } from "./event-words.ts";
import { NameField } from "./name-field.tsx";
import { textOf } from "./target-field.tsx";

/** Makes a rule: which events a channel is told of from now on. */
export function RuleDialog(props: { id: string; onClose: () => void }): JSX.Element {
  const [isNone, setNone] = createSignal(false);
  const make = useMutation(() => ({
    mutationFn: (wanted: NewRule) => makeRule(props.id, wanted),
    onSuccess: () => props.onClose(),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    // The boxes are the events.
    const events = form.getAll("event").map(String) as NotificationEvent[];
    setNone(events.length === 0);
    if (events.length === 0) return;
    const [filter, times] = [textOf(form, "filter"), Number(textOf(form, "times"))];
    make.mutate({
      name: textOf(form, "name"),
      events,
      times,
      ...(filter === "" ? {} : { filter }),
    });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("channels.add_rule")}>
      <form class="grid gap-4" onSubmit={submit}>
        <NameField name="name" />
        <fieldset class="grid gap-1">
          <legend class="mb-1 font-medium">{t("channels.tells")}</legend>
          <For each={Object.entries(eventWords)}>
            {([event, word]) => (
              <label class="flex min-h-7 items-center gap-2">
                <input type="checkbox" name="event" value={event} class="size-4 shrink-0 accent-(--accent)" />
                <span>{t(word)}</span>
              </label>
            )}
          </For>
          <Show when={isNone()}>
            <p role="alert" class="text-xs text-bad">
              {t("channels.no_event")}
            </p>
          </Show>
        </fieldset>
        <Field label={t("channels.times")} hint={t("channels.times_hint")}>
          {(ids) => (
            <input
              {...ids}
              name="times"
              type="number"
              min="1"
              max="1000"
              value="1"
              required
              class={inputClass}
            />
          )}
        </Field>
        <Field label={t("webhooks.filter")} hint={t("channels.filter_hint")}>
          {(ids) => (
            <input {...ids} name="filter" class={`${inputClass} font-mono text-xs`} autocomplete="off" />
          )}
        </Field>
        <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Button type="submit" look="primary" class="justify-self-end" disabled={make.isPending}>
          {t("triggers.create")}
        </Button>
      </form>
    </Dialog>
  );
}
