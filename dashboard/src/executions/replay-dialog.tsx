import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, on, Show } from "solid-js";
import { Choice, ChoiceGroup } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { t } from "../words/words.ts";
import { bodyText } from "./input-view.tsx";
import { inputQuery, replay } from "./queries.ts";
import { RerunForm } from "./rerun-form.tsx";
import { VersionField, versionOf } from "./version-field.tsx";

/** Asks how an execution is to be run again: on which version, with which input. */
export function ReplayDialog(props: {
  view: ExecutionView;
  open: boolean;
  onClose: () => void;
  onReplayed: (id: string) => void;
}): JSX.Element {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={t("execution.replay_title")}>
      <Show
        when={props.view.kind === "workflow"}
        fallback={<ReplayForm view={props.view} onReplayed={props.onReplayed} />}
      >
        <RerunForm view={props.view} onReplayed={props.onReplayed} />
      </Show>
    </Dialog>
  );
}

function ReplayForm(props: { view: ExecutionView; onReplayed: (id: string) => void }): JSX.Element {
  const input = useQuery(() => inputQuery(props.view.id));
  const [version, setVersion] = createSignal<"same" | "live" | "other">("same");
  const [number, setNumber] = createSignal("");
  const [which, setWhich] = createSignal<"same" | "other">("same");
  const [text, setText] = createSignal("");
  const [wrong, setWrong] = createSignal<string>();
  // What was sent before is what one edits.
  createEffect(
    on(
      () => dataOf(input),
      (given) => {
        if (given === undefined) return;
        setText((before) => (before === "" ? (bodyText(given) ?? "") : before));
        if (!given.isKept) setWhich("other");
      },
    ),
  );
  const isKept = () => dataOf(input)?.isKept ?? true;
  const again = useMutation(() => ({
    mutationFn: (body: Parameters<typeof replay>[1]) => replay(props.view.id, body),
    onSuccess: (id) => props.onReplayed(id),
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setWrong(undefined);
    const chosen =
      version() === "same" ? {} : { version: version() === "live" ? "live" : versionOf(number()) };
    if (which() === "same") return again.mutate(chosen);
    try {
      again.mutate({ ...chosen, input: JSON.parse(text()) });
    } catch (error) {
      setWrong(t("execution.bad_json", { error: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <form class="grid gap-4" onSubmit={submit}>
      <ChoiceGroup label={t("execution.replay_version")}>
        <Choice name="version" chosen={version() === "same"} onChoose={() => setVersion("same")}>
          {t("execution.replay_same", { version: props.view.version ?? 0 })}
        </Choice>
        <Choice name="version" chosen={version() === "live"} onChoose={() => setVersion("live")}>
          {t("execution.replay_live")}
        </Choice>
        <Choice name="version" chosen={version() === "other"} onChoose={() => setVersion("other")}>
          {t("execution.replay_number")}
        </Choice>
      </ChoiceGroup>
      <Show when={version() === "other"}>
        <VersionField value={number()} onChange={setNumber} />
      </Show>
      <ChoiceGroup label={t("execution.replay_input")}>
        <Choice
          name="input"
          chosen={which() === "same"}
          disabled={!isKept()}
          onChoose={() => setWhich("same")}
        >
          {isKept() ? t("execution.replay_input_same") : t("execution.replay_input_gone")}
        </Choice>
        <Choice name="input" chosen={which() === "other"} onChoose={() => setWhich("other")}>
          {t("execution.replay_input_other")}
        </Choice>
      </ChoiceGroup>
      <Show when={which() === "other"}>
        <Field label={t("execution.replay_body")} wrong={wrong()}>
          {(ids) => (
            <textarea
              {...ids}
              class={`${inputClass} font-mono text-xs`}
              rows="8"
              spellcheck={false}
              value={text()}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
      </Show>
      <SendButton sending={again}>{t("execution.replay_go")}</SendButton>
    </form>
  );
}
