import { useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, createUniqueId, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Page } from "../ui/page.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { DefinitionEditor } from "./definition-editor.tsx";
import { createKeptEdit, ofNew } from "./kept-edits.ts";
import { workflowPath } from "./paths.ts";
import { saveDefinition } from "./queries.ts";

const PlanDialog = lazily(
  async () => (await import("./plan-dialog.tsx")).PlanDialog,
  ["builder", "workflows"],
  () => null,
);

const starter = `description: Shows how full the disks are
steps:
  - name: Check disk space
    type: execute
    targets: [all]
    command: df -h
`;

/** Makes a workflow from its definition. */
export function NewWorkflowPage(): JSX.Element {
  const navigate = useNavigate();
  const form = createUniqueId();
  const [edit, keep] = createKeptEdit(() => ofNew);
  const name = () => edit()?.name ?? "";
  const text = () => edit()?.text ?? starter;
  const change = (part: { name?: string; text?: string }) =>
    keep({ name: name(), text: text(), ...part, etag: null, at: Date.now() });
  const [isAsked, setAsked] = createSignal(false);
  const make = useMutation(() => ({
    mutationFn: () => saveDefinition(name().trim(), text(), null),
    onSuccess: () => {
      const path = workflowPath(name().trim());
      keep(null);
      navigate(path);
    },
  }));
  return (
    <Page title={t("workflows.new")}>
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Field label={t("triggers.name")} hint={t("triggers.name_hint")}>
          {(ids) => (
            <input
              {...ids}
              class={`${inputClass} max-w-sm`}
              value={name()}
              required
              autocomplete="off"
              autocapitalize="none"
              onInput={(event) => change({ name: event.currentTarget.value })}
            />
          )}
        </Field>
      </form>
      {/* Not in the form: Enter in a step's field is no wish to save. */}
      <DefinitionEditor text={text()} onInput={(next) => change({ text: next })} />
      <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <div class="flex flex-wrap justify-end gap-2">
        <Show when={edit()}>
          <Button onClick={() => keep(null)}>{t("workflows.discard")}</Button>
        </Show>
        <Allowed scope="deploy">
          <Button onClick={() => setAsked(true)}>{t("workflows.review")}</Button>
          <Button type="submit" form={form} look="primary" disabled={make.isPending}>
            {t("triggers.create")}
          </Button>
        </Allowed>
      </div>
      <Show when={isAsked()}>
        <PlanDialog
          text={text()}
          current={null}
          save={name().trim() === "" ? null : () => make.mutateAsync()}
          onClose={() => setAsked(false)}
        />
      </Show>
    </Page>
  );
}
