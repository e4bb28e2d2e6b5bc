import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { t } from "../words/words.ts";
import { runQuery } from "../workflows/queries.ts";
import { ReplayForm } from "./replay-form.tsx";
import { VersionField, versionOf } from "./version-field.tsx";

/** Asks how the run of a workflow is to be run again: which part of it, on which revision, with which inputs. */
export function RerunForm(props: { view: ExecutionView; onReplayed: (id: string) => void }): JSX.Element {
  const run = useQuery(() => runQuery(props.view.id));
  const [part, setPart] = createSignal<"whole" | "failed" | "from">("whole");
  const [step, setStep] = createSignal("");
  const [revision, setRevision] = createSignal<"same" | "latest" | "other">("same");
  const [number, setNumber] = createSignal("");
  const [text, setText] = createSignal<string | null>(null);
  // What stands inside others is run by those.
  const steps = () => dataOf(run)?.run?.steps.filter(({ path }) => !/[.[/]/.test(path)) ?? [];
  const given = () => JSON.stringify(dataOf(run)?.run?.inputs ?? {}, null, 2);
  const chosen = () => ({
    ...(revision() === "same" ? {} : { version: revision() === "latest" ? "latest" : versionOf(number()) }),
    ...(part() === "failed" ? { onlyFailed: true } : {}),
    ...(part() === "from" ? { fromStep: step() || (steps()[0]?.path ?? "") } : {}),
  });
  return (
    <ReplayForm
      id={props.view.id}
      chosen={chosen}
      input={text()}
      onInput={setText}
      onReplayed={props.onReplayed}
    >
      <ChoiceGroup label={t("execution.replay_part")}>
        <Choice name="part" chosen={part() === "whole"} onChoose={() => setPart("whole")}>
          {t("execution.replay_whole")}
        </Choice>
        <Choice name="part" chosen={part() === "failed"} onChoose={() => setPart("failed")}>
          {t("execution.replay_failed")}
        </Choice>
        <Choice name="part" chosen={part() === "from"} onChoose={() => setPart("from")}>
          {t("execution.replay_from")}
        </Choice>
      </ChoiceGroup>
      <Show when={part() === "from"}>
        <Field label={t("execution.replay_step")}>
          {(ids) => (
            <select {...ids} class={inputClass} onChange={(event) => setStep(event.currentTarget.value)}>
              <For each={steps()}>
                {(one) => (
                  <option value={one.path} selected={one.path === step()}>
                    {one.name}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
      </Show>
      <ChoiceGroup label={t("execution.replay_version")}>
        <Choice name="revision" chosen={revision() === "same"} onChoose={() => setRevision("same")}>
          {t("execution.replay_same_revision", { version: props.view.version ?? 0 })}
        </Choice>
        <Choice name="revision" chosen={revision() === "latest"} onChoose={() => setRevision("latest")}>
          {t("execution.replay_latest")}
        </Choice>
        <Choice name="revision" chosen={revision() === "other"} onChoose={() => setRevision("other")}>
          {t("execution.replay_number")}
        </Choice>
      </ChoiceGroup>
      <Show when={revision() === "other"}>
        <VersionField value={number()} onChange={setNumber} />
      </Show>
      <ChoiceGroup label={t("execution.replay_input")}>
        <Choice name="input" chosen={text() === null} onChoose={() => setText(null)}>
          {t("execution.replay_input_same")}
        </Choice>
        <Choice name="input" chosen={text() !== null} onChoose={() => setText(given())}>
          {t("execution.replay_input_other")}
        </Choice>
      </ChoiceGroup>
    </ReplayForm>
  );
}
