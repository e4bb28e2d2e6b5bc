import type { Overlap, ScheduleView } from "@pulse/schema/wire/schedules";
import { useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show, untrack } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { type Key, t } from "../words/words.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { readTiming, type TimingFields, timingFields } from "./schedule-form.ts";
import { SchedulePreview } from "./schedule-preview.tsx";
import { editSchedule, makeSchedule, type NewSchedule, type ScheduleChange } from "./schedule-queries.ts";
import { overlapWords } from "./schedule-text.ts";
import { TargetField, targetOf, textOf } from "./target-field.tsx";
import { readTarget } from "./target-input.ts";
import { TimeField } from "./time-field.tsx";
import { ownZone } from "./zone-time.ts";

const kinds: Readonly<Record<TimingFields["kind"], readonly [choice: Key, hint: Key]>> = {
  cron: ["schedules.by_cron", "schedules.cron_hint"],
  every: ["schedules.by_every", "schedules.every_hint"],
  at: ["schedules.by_at", "schedules.at_hint"],
};
const kindNames = ["cron", "every", "at"] as const;

/** Makes a schedule and goes to its page, or changes the `old` one; shows when it will come before it is made. */
export function ScheduleDialog(props: { onClose: () => void; old?: ScheduleView }): JSX.Element {
  const navigate = useNavigate();
  const old = untrack(() => props.old);
  const before = old === undefined ? undefined : timingFields(old);
  const [kind, setKind] = createSignal<TimingFields["kind"]>(before?.kind ?? "cron");
  const [text, setText] = createSignal(before?.text ?? "");
  const [timezone, setTimezone] = createSignal(old?.timezone ?? ownZone());
  const [wrong, setWrong] = createSignal<{ input?: string; timing?: string }>({});
  const make = useMutation(() => ({
    mutationFn: (wanted: NewSchedule) => makeSchedule(wanted),
    onSuccess: (id) => {
      props.onClose();
      navigate(triggerPath("schedules", id));
    },
  }));
  const change = useMutation(() => ({
    mutationFn: ({ id, wanted }: { id: string; wanted: ScheduleChange }) => editSchedule(id, wanted),
    onSuccess() {
      say(t("triggers.changed"));
      props.onClose();
    },
  }));
  const timing = () => readTiming({ kind: kind(), text: text().trim() });
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const target = readTarget(targetOf(form));
    const times = timing();
    setWrong({
      ...(target === null ? { input: t("triggers.input_wrong") } : {}),
      ...(times === null ? { timing: t("schedules.at_wrong") } : {}),
    });
    if (target === null || times === null) return;
    const [catchup, jitter] = [textOf(form, "catchup"), textOf(form, "jitter")];
    const settings = {
      target,
      ...times,
      timezone: timezone().trim(),
      // The options of the select are the rules.
      overlap: textOf(form, "overlap") as Overlap,
      ...(catchup === "" ? {} : { catchup }),
      ...(jitter === "" ? {} : { jitter }),
    };
    if (old === undefined) make.mutate({ ...settings, name: textOf(form, "name") });
    else change.mutate({ id: old.id, wanted: settings });
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={old === undefined ? t("schedules.new") : t("triggers.change_title", { name: old.name })}
    >
      <form class="grid gap-4" onSubmit={submit}>
        <Show when={old === undefined}>
          <NameField name="name" />
        </Show>
        <ChoiceGroup label={t("schedules.when")}>
          <div class="flex flex-wrap gap-x-6">
            <For each={kindNames}>
              {(one) => (
                <Choice
                  name="timing-kind"
                  chosen={kind() === one}
                  onChoose={() => {
                    setKind(one);
                    setText("");
                  }}
                >
                  {t(kinds[one][0])}
                </Choice>
              )}
            </For>
          </div>
        </ChoiceGroup>
        <Show when={kind()} keyed>
          {(one) => (
            <Field label={t(kinds[one][0])} hint={t(kinds[one][1])} wrong={wrong().timing}>
              {(ids) => (
                <input
                  {...ids}
                  type={one === "at" ? "datetime-local" : "text"}
                  step={one === "at" ? "1" : undefined}
                  class={inputClass}
                  required
                  autocomplete="off"
                  value={text()}
                  onInput={(event) => setText(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
        </Show>
        <Field label={t("schedules.zone")} hint={t("schedules.zone_hint")}>
          {(ids) => (
            <input
              {...ids}
              class={inputClass}
              required
              autocomplete="off"
              value={timezone()}
              onInput={(event) => setTimezone(event.currentTarget.value)}
            />
          )}
        </Field>
        <SchedulePreview timing={timing()} timezone={timezone().trim()} />
        <Field label={t("schedules.overlap")}>
          {(ids) => (
            <select {...ids} name="overlap" class={inputClass}>
              <For each={Object.entries(overlapWords)}>
                {([rule, word]) => (
                  <option value={rule} selected={rule === old?.overlap}>
                    {t(word)}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
        <TargetField old={old?.target} inputHint={t("schedules.input_hint")} wrong={wrong().input} />
        <details>
          <summary class="min-h-7 font-medium">{t("triggers.more")}</summary>
          <div class="grid gap-4 pt-2">
            <TimeField name="catchup" label={t("schedules.catchup")} ms={old?.catchupMs} />
            <TimeField name="jitter" label={t("schedules.jitter")} ms={old?.jitterMs} />
          </div>
        </details>
        <Show when={make.error ?? change.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Button
          type="submit"
          look="primary"
          class="justify-self-end"
          disabled={make.isPending || change.isPending}
        >
          {t(old === undefined ? "triggers.create" : "triggers.save")}
        </Button>
      </form>
    </Dialog>
  );
}
