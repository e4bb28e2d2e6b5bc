import type { PromptView } from "@pulse/schema/wire/workflow-runs";
import type { InputDefinition } from "@pulse/schema/workflow/fields";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { Allowed, useMay } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { exact } from "../ui/moment.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { InputFields } from "./input-fields.tsx";
import { readInputs } from "./input-form.ts";
import { type Answer, answerPrompt } from "./queries.ts";

type Option = PromptView["options"][number];

const lookOf = ({ style }: Option) =>
  style === "primary" || style === "danger" ? style : ("plain" as const);

/** An open question of a run, answered in place. `children`: where it comes from. */
export function PromptCard(props: {
  execution: string;
  prompt: PromptView;
  /** For thumbs. */
  isBig?: boolean;
  children?: JSX.Element;
}): JSX.Element {
  const heading = createUniqueId();
  const mayAnswer = useMay("execute");
  const [notJson, setNotJson] = createSignal<readonly string[]>([]);
  // A form of a definition has what one of inputs has.
  const fields = () => props.prompt.form as Record<string, InputDefinition>;
  const answer = useMutation(() => ({
    mutationFn: (given: Answer) => answerPrompt(props.execution, given),
    onSuccess: () => say(t("workflows.answered")),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget, event.submitter);
    const read = readInputs(fields(), (name) => form.getAll(name).map(String));
    setNotJson(read.notJson);
    if (read.notJson.length > 0) return;
    const comment = String(form.get("$comment") ?? "").trim();
    answer.mutate({
      response: String(form.get("$response") ?? ""),
      promptId: props.prompt.id,
      ...(Object.keys(fields()).length === 0 ? {} : { form: read.values }),
      ...(comment === "" ? {} : { comment }),
    });
  };
  const wrong = (name: string) => (notJson().includes(name) ? t("workflows.not_json") : undefined);
  return (
    <section
      aria-labelledby={heading}
      class="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-warn bg-surface p-4"
    >
      <h2 id={heading} class="font-semibold break-words whitespace-pre-wrap">
        {props.prompt.message}
      </h2>
      {props.children}
      <p class="text-xs text-muted">
        {t("workflows.asked_at", { at: exact(props.prompt.openedAt) })}
        <Show when={props.prompt.expiresAt}>
          {(at) => <> · {t("workflows.expires", { at: exact(at()) })}</>}
        </Show>
        <Show when={props.prompt.answers.length > 0}>
          {" "}
          · {counted("workflows.agreed", props.prompt.answers.length)}
        </Show>
      </p>
      <form class="grid gap-3" onSubmit={submit}>
        <InputFields inputs={fields()} wrong={wrong} />
        <Show when={props.prompt.options.some(({ requireComment }) => requireComment)}>
          <Field label={t("workflows.comment")}>
            {(ids) => <textarea {...ids} name="$comment" rows="2" class={inputClass} />}
          </Field>
        </Show>
        <Show when={answer.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Show when={!mayAnswer()}>
          <p class="text-muted">{t("workflows.only_read")}</p>
        </Show>
        <Allowed scope="execute">
          <div class="flex flex-wrap gap-2">
            <For each={props.prompt.options}>
              {(option) => (
                <Button
                  type="submit"
                  name="$response"
                  value={option.value}
                  look={lookOf(option)}
                  class={`whitespace-normal! ${props.isBig === true ? "min-h-12! flex-1 text-base" : ""}`}
                  disabled={answer.isPending}
                >
                  {option.label}
                </Button>
              )}
            </For>
          </div>
        </Allowed>
      </form>
    </section>
  );
}
