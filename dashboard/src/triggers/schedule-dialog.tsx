import type { Overlap } from "@pulse/schema/wire/schedules";
import { useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { type Key, t } from "../words/words.ts";
import { NameField } from "./name-field.tsx";
import { triggerPath } from "./paths.ts";
import { readTiming, type TimingFields } from "./schedule-form.ts";
import { makeSchedule, type NewSchedule } from "./schedule-queries.ts";
import { overlapWords } from "./schedule-text.ts";
import { TargetField, targetOf, textOf } from "./target-field.tsx";
import { readTarget } from "./target-input.ts";
import { ownZone } from "./zone-time.ts";

const kinds: Readonly<Record<TimingFields["kind"], readonly [choice: Key, hint: Key]>> = {
  cron: ["schedules.by_cron", "schedules.cron_hint"],
  every: ["schedules.by_every", "schedules.every_hint"],
  at: ["schedules.by_at", "schedules.at_hint"],
};
const kindNames = ["cron", "every", "at"] as const;

/** Makes a schedule and goes to its page. */
export function ScheduleDialog(props: { onClose: () => void }): JSX.Element {
  const navigate = useNavigate();
  const [kind, setKind] = createSignal<TimingFields["kind"]>("cron");
  const [wrong, setWrong] = createSignal<{ input?: string; timing?: string }>({});
  const make = useMutation(() => ({
    mutationFn: (wanted: NewSchedule) => makeSchedule(wanted),
    onSuccess: (id) => {
      props.onClose();
      navigate(triggerPath("schedules", id));
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const target = readTarget(targetOf(form));
    const timing = readTiming({ kind: kind(), text: textOf(form, "timing") });
    setWrong({
      ...(target === null ? { input: t("triggers.input_wrong") } : {}),
      ...(timing === null ? { timing: t("schedules.at_wrong") } : {}),
    });
    if (target === null || timing === null) return;
    // The options of the select are the rules.
    const overlap = textOf(form, "overlap") as Overlap;
    make.mutate({
      name: textOf(form, "name"),
      target,
      ...timing,
      timezone: textOf(form, "timezone"),
      overlap,
    });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("schedules.new")}>
      <form class="grid gap-4" onSubmit={submit}>
        <NameField name="name" />
        <ChoiceGroup label={t("schedules.when")}>
          <div class="flex flex-wrap gap-x-6">
            <For each={kindNames}>
              {(one) => (
                <Choice name="timing-kind" chosen={kind() === one} onChoose={() => setKind(one)}>
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
                  name="timing"
                  type={one === "at" ? "datetime-local" : "text"}
                  class={inputClass}
                  required
                  autocomplete="off"
                />
              )}
            </Field>
          )}
        </Show>
        <Field label={t("schedules.zone")} hint={t("schedules.zone_hint")}>
          {(ids) => (
            <input
              {...ids}
              name="timezone"
              class={inputClass}
              required
              autocomplete="off"
              value={ownZone()}
            />
          )}
        </Field>
        <Field label={t("schedules.overlap")}>
          {(ids) => (
            <select {...ids} name="overlap" class={inputClass}>
              <For each={Object.entries(overlapWords)}>
                {([rule, word]) => <option value={rule}>{t(word)}</option>}
              </For>
            </select>
          )}
        </Field>
        <TargetField inputHint={t("schedules.input_hint")} wrong={wrong().input} />
        <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Button type="submit" look="primary" class="justify-self-end" disabled={make.isPending}>
          {t("triggers.create")}
        </Button>
      </form>
    </Dialog>
  );
}
