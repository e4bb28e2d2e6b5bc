import type { InputDefinition } from "@pulse/schema/workflow/fields";
import { useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { lazily } from "../ui/lazily.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { InputFields } from "./input-fields.tsx";
import { readInputs } from "./input-form.ts";
import { planSaved, startRun } from "./queries.ts";

const PlanSteps = lazily(async () => (await import("./plan-steps.tsx")).PlanSteps, ["builder"]);

/** Starts a workflow with the inputs that it declares, and goes to the run; what it would do can be seen before. */
export function RunDialog(props: {
  name: string;
  inputs: Readonly<Record<string, InputDefinition>>;
  onClose: () => void;
}): JSX.Element {
  const navigate = useNavigate();
  const [notJson, setNotJson] = createSignal<readonly string[]>([]);
  const start = useMutation(() => ({
    mutationFn: (inputs: Record<string, unknown>) => startRun(props.name, inputs),
    onSuccess: (id) => {
      props.onClose();
      navigate(executionPath(id));
    },
  }));
  const preview = useMutation(() => ({
    mutationFn: (inputs: Record<string, unknown>) => planSaved(props.name, inputs),
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = readInputs(props.inputs, (name) => form.getAll(name).map(String));
    setNotJson(read.notJson);
    const wish = event.submitter?.dataset.wish === "preview" ? preview : start;
    if (read.notJson.length === 0) wish.mutate(read.values);
  };
  const wrong = (name: string) => (notJson().includes(name) ? t("workflows.not_json") : undefined);
  return (
    <Dialog open onClose={props.onClose} title={t("workflows.run_title", { name: props.name })}>
      <form class="grid gap-4" onSubmit={submit}>
        <Show
          when={Object.keys(props.inputs).length > 0}
          fallback={<p class="text-muted">{t("workflows.no_inputs")}</p>}
        >
          <InputFields inputs={props.inputs} wrong={wrong} />
        </Show>
        <Show when={start.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Show when={preview.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          {/* The first that submits is what the Enter key presses. */}
          <Button type="submit" look="primary" class="order-last" disabled={start.isPending}>
            {t("workflows.run")}
          </Button>
          <Button type="submit" data-wish="preview" disabled={preview.isPending}>
            {t("workflows.preview")}
          </Button>
        </div>
        <Show when={preview.data}>{(plan) => <PlanSteps plan={plan()} />}</Show>
      </form>
    </Dialog>
  );
}
