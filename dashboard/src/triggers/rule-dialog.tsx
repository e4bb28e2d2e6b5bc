import type { ChannelRuleView, NotificationEvent } from "@pulse/schema/wire/channel-rules";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show, untrack } from "solid-js";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { t } from "../words/words.ts";
import { readQuiet } from "./channel-form.ts";
import { editRule, makeRule, type RuleChange } from "./channel-queries.ts";
import { eventWords } from "./event-words.ts";
import { NameField } from "./name-field.tsx";
import { QuietFields } from "./quiet-fields.tsx";
import { textOf } from "./target-field.tsx";
import { TimeField } from "./time-field.tsx";

/** Makes a rule, which events a channel is told of from now on; or changes the `old` one. */
export function RuleDialog(props: { id: string; onClose: () => void; old?: ChannelRuleView }): JSX.Element {
  const old = untrack(() => props.old);
  const [wrong, setWrong] = createSignal<{ events?: boolean; quiet?: string }>({});
  const save = useMutation(() => ({
    mutationFn: async ({ name, wanted }: { name: string; wanted: RuleChange }) => {
      if (old === undefined) await makeRule(props.id, { ...wanted, name });
      else await editRule(props.id, old.id, wanted);
    },
    onSuccess: () => props.onClose(),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    // The boxes are the events.
    const events = form.getAll("event").map(String) as NotificationEvent[];
    const quiet = readQuiet({
      from: textOf(form, "quiet-from"),
      to: textOf(form, "quiet-to"),
      timezone: textOf(form, "quiet-zone"),
    });
    setWrong({
      events: events.length === 0,
      ...(quiet === undefined ? { quiet: t("channels.quiet_wrong") } : {}),
    });
    if (events.length === 0 || quiet === undefined) return;
    const orNull = (name: string) => textOf(form, name) || null;
    const [title, text] = [orNull("title"), orNull("text")];
    const wanted: RuleChange = {
      events,
      times: Number(textOf(form, "times")),
      filter: orNull("filter"),
      digest: orNull("digest"),
      quiet,
      template:
        title === null && text === null
          ? null
          : { ...(title === null ? {} : { title }), ...(text === null ? {} : { text }) },
    };
    save.mutate({ name: textOf(form, "name"), wanted });
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={old === undefined ? t("channels.add_rule") : t("triggers.change_title", { name: old.name })}
    >
      <form class="grid gap-4" onSubmit={submit}>
        <Show when={old === undefined}>
          <NameField name="name" />
        </Show>
        <fieldset class="grid gap-1">
          <legend class="mb-1 font-medium">{t("channels.tells")}</legend>
          <For each={Object.entries(eventWords)}>
            {([event, word]) => (
              <label class="flex min-h-7 items-center gap-2">
                <input
                  type="checkbox"
                  name="event"
                  value={event}
                  checked={old?.events.some((one) => one === event) ?? false}
                  class="size-4 shrink-0 accent-(--accent)"
                />
                <span>{t(word)}</span>
              </label>
            )}
          </For>
          <Show when={wrong().events}>
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
              value={old?.times ?? 1}
              required
              class={inputClass}
            />
          )}
        </Field>
        <Field label={t("webhooks.filter")} hint={t("channels.filter_hint")}>
          {(ids) => (
            <input
              {...ids}
              name="filter"
              value={old?.filter ?? ""}
              class={`${inputClass} font-mono text-xs`}
              autocomplete="off"
            />
          )}
        </Field>
        <details
          open={old !== undefined && (old.digestMs !== null || old.quiet !== null || old.template !== null)}
        >
          <summary class="min-h-7 font-medium">{t("triggers.more")}</summary>
          <div class="grid gap-4 pt-2">
            <TimeField
              name="digest"
              label={t("channels.digest_of")}
              hint={t("channels.digest_hint")}
              ms={old?.digestMs}
            />
            <QuietFields old={old?.quiet ?? null} wrong={wrong().quiet} />
            <Field
              label={t("channels.template_title")}
              hint={t("channels.template_hint", { example: `\${{ … }}` })}
            >
              {(ids) => (
                <input
                  {...ids}
                  name="title"
                  value={old?.template?.title ?? ""}
                  class={`${inputClass} font-mono text-xs`}
                  autocomplete="off"
                />
              )}
            </Field>
            <Field label={t("channels.template_text")}>
              {(ids) => (
                <textarea
                  {...ids}
                  name="text"
                  rows="3"
                  value={old?.template?.text ?? ""}
                  spellcheck={false}
                  class={`${inputClass} font-mono text-xs`}
                />
              )}
            </Field>
          </div>
        </details>
        <SendButton sending={save}>{t(old === undefined ? "triggers.create" : "triggers.save")}</SendButton>
      </form>
    </Dialog>
  );
}
