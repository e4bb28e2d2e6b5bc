import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Field, inputClass } from "../ui/field.tsx";
import { SendButton } from "../ui/send-button.tsx";
import { t } from "../words/words.ts";
import { replay } from "./queries.ts";

type Replay = Parameters<typeof replay>[1];

/** Runs an execution again as is `chosen`. `input`: JSON as it is typed; null: the input of before. `children`: the questions. */
export function ReplayForm(props: {
  id: string;
  chosen: () => Replay;
  input: string | null;
  onInput: (text: string) => void;
  onReplayed: (id: string) => void;
  children: JSX.Element;
}): JSX.Element {
  const [wrong, setWrong] = createSignal<string>();
  const again = useMutation(() => ({
    mutationFn: (body: Replay) => replay(props.id, body),
    onSuccess: (id) => props.onReplayed(id),
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setWrong(undefined);
    if (props.input === null) return again.mutate(props.chosen());
    try {
      again.mutate({ ...props.chosen(), input: JSON.parse(props.input) });
    } catch (error) {
      setWrong(t("execution.bad_json", { error: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <form class="grid gap-4" onSubmit={submit}>
      {props.children}
      <Show when={props.input !== null}>
        <Field label={t("execution.replay_body")} wrong={wrong()}>
          {(ids) => (
            <textarea
              {...ids}
              class={`${inputClass} font-mono text-xs`}
              rows="8"
              spellcheck={false}
              value={props.input ?? ""}
              onInput={(event) => props.onInput(event.currentTarget.value)}
            />
          )}
        </Field>
      </Show>
      <SendButton sending={again}>{t("execution.replay_go")}</SendButton>
    </form>
  );
}
