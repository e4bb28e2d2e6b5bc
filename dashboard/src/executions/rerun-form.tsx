import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { t } from "../words/words.ts";
import { runQuery } from "../workflows/queries.ts";
import { replay } from "./queries.ts";
import { VersionField, versionOf } from "./version-field.tsx";

/** Asks how the run of a workflow is to be run again: which part of it, on which revision, with which inputs. */
export function RerunForm(props: { view: ExecutionView; onReplayed: (id: string) => void }): JSX.Element {
  const run = useQuery(() => runQuery(props.view.id));
  const [part, setPart] = createSignal<"whole" | "failed" | "from">("whole");
  const [step, setStep] = createSignal("");
  const [revision, setRevision] = createSignal<"same" | "latest" | "other">("same");
  const [number, setNumber] = createSignal("");
  const [text, setText] = createSignal<string | null>(null);
  const [wrong, setWrong] = createSignal<string>();
  // What stands inside others is run by those.
  const steps = () => dataOf(run)?.run?.steps.filter(({ path }) => !/[.[/]/.test(path)) ?? [];
  const given = () => JSON.stringify(dataOf(run)?.run?.inputs ?? {}, null, 2);
  const again = useMutation(() => ({
    mutationFn: (body: Parameters<typeof replay>[1]) => replay(props.view.id, body),
    onSuccess: (id) => props.onReplayed(id),
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setWrong(undefined);
    const chosen = {
      ...(revision() === "same" ? {} : { version: revision() === "latest" ? "latest" : versionOf(number()) }),
      ...(part() === "failed" ? { onlyFailed: true } : {}),
      ...(part() === "from" ? { fromStep: step() || (steps()[0]?.path ?? "") } : {}),
    };
    const inputs = text();
    if (inputs === null) return again.mutate(chosen);
    try {
      again.mutate({ ...chosen, input: JSON.parse(inputs) });
    } catch (error) {
      setWrong(t("execution.bad_json", { error: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <form class="grid gap-4" onSubmit={submit}>
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
      <Show when={text() !== null}>
        <Field label={t("execution.replay_body")} wrong={wrong()}>
          {(ids) => (
            <textarea
              {...ids}
              class={`${inputClass} font-mono text-xs`}
              rows="8"
              spellcheck={false}
              value={text() ?? ""}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
      </Show>
      <SendButton sending={again}>{t("execution.replay_go")}</SendButton>
    </form>
  );
}
