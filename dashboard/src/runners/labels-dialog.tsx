import type { RunnerView } from "@pulse/schema/wire/runners";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show, untrack } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { labelsText, readLabels } from "./enrolment.ts";
import { createMatch } from "./match.ts";
import { MatchPreview } from "./match-preview.tsx";
import { runnersQuery, setLabels } from "./queries.ts";
import { resting } from "./resting.ts";

/** Changes a runner's labels; shows who else has each of them, and whom an expression names. */
export function LabelsDialog(props: { runner: RunnerView; onClose: () => void }): JSX.Element {
  const runners = useQuery(runnersQuery);
  const [text, setText] = createSignal(untrack(() => labelsText(props.runner.labels)));
  const [targets, setTargets] = createSignal("");
  const match = createMatch(resting(() => targets().trim()));
  const labels = () => readLabels(text());
  const others = (key: string, value: string) =>
    (dataOf(runners) ?? [])
      .filter((one) => one.name !== props.runner.name && one.labels[key] === value)
      .map(({ name }) => name);
  const save = useMutation(() => ({
    mutationFn: (wanted: Record<string, string>) => setLabels(props.runner.name, wanted),
    onSuccess() {
      say(t("runners.labels_changed"));
      props.onClose();
    },
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = labels();
    if (wanted !== null) save.mutate(wanted);
  };
  return (
    <Dialog open onClose={props.onClose} title={t("runners.labels_title", { name: props.runner.name })}>
      <form class="grid gap-4" onSubmit={submit}>
        <Field
          label={t("runners.field_labels")}
          hint={t("runners.field_labels_hint")}
          wrong={labels() === null ? t("runners.labels_wrong") : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              autofocus
              class={inputClass}
              autocomplete="off"
              value={text()}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <ul class="grid gap-1 text-xs" aria-label={t("runners.labels_shared")}>
          <For each={Object.entries(labels() ?? {})}>
            {([key, value]) => (
              <li class="break-all">
                <code>
                  {key}={value}
                </code>
                <span class="text-muted">
                  {" · "}
                  {others(key, value).join(", ") || t("runners.labels_alone")}
                </span>
              </li>
            )}
          </For>
        </ul>
        <Field label={t("runners.try_targets")} hint={t("runners.targets_hint")}>
          {(ids) => (
            <input
              {...ids}
              class={`${inputClass} font-mono text-xs`}
              autocomplete="off"
              value={targets()}
              onInput={(event) => setTargets(event.currentTarget.value)}
            />
          )}
        </Field>
        <MatchPreview match={match()} />
        <Show when={save.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary" disabled={save.isPending || labels() === null}>
            {t("runners.save_labels")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
