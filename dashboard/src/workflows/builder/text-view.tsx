import { useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import type { CodeEditor } from "../../functions/code-editor.ts";
import { codePhrases } from "../../functions/code-phrases.ts";
import { functionsQuery } from "../../functions/queries.ts";
import { runnersQuery } from "../../runners/queries.ts";
import { dataOf, Waiting } from "../../ui/loaded.tsx";
import { t } from "../../words/words.ts";
import { workflowsQuery } from "../queries.ts";
import type { Builder } from "./create-builder.ts";

/** A definition as text, with what the gateway finds in it at its lines, and completion. */
export function TextView(props: { builder: Builder; goTo: { line: number } | null }): JSX.Element {
  let host: HTMLDivElement | undefined;
  const [editor, setEditor] = createSignal<CodeEditor | null>(null);
  const [hasFailed, setFailed] = createSignal(false);
  const functions = useQuery(functionsQuery);
  const workflows = useQuery(workflowsQuery);
  const runners = useQuery(runnersQuery);
  const namesOf = (all: readonly { name: string }[] | undefined) => (all ?? []).map(({ name }) => name);
  const names = () => ({
    functions: namesOf(dataOf(functions)),
    workflows: namesOf(dataOf(workflows)),
    targets: [
      "all",
      ...namesOf(dataOf(runners)),
      ...new Set((dataOf(runners) ?? []).map(({ pool }) => `group:${pool}`)),
    ],
  });
  let isGone = false;
  onMount(async () => {
    const loaded = await Promise.all([
      import("../../functions/code-editor.ts"),
      import("./text-language.ts"),
    ]).catch(() => null);
    if (isGone || host === undefined) return;
    if (loaded === null) return void setFailed(true);
    const [{ CodeEditor: Editor }, { definitionLanguage }] = loaded;
    setEditor(
      new Editor(host, {
        label: () => t("workflows.definition"),
        phrases: codePhrases(),
        onEdit: (_, text) => props.builder.type(text),
        more: definitionLanguage(names),
      }),
    );
  });
  onCleanup(() => {
    isGone = true;
    editor()?.destroy();
  });
  createEffect(() => editor()?.show("definition", props.builder.text()));
  createEffect(
    on([editor, props.builder.checked, props.builder.bad], () => {
      const { errors = [], warnings = [] } = props.builder.checked() ?? {};
      const place = (isWarning: boolean) => (one: (typeof errors)[number]) =>
        one.position === undefined ? [] : [{ line: one.position.line, text: one.message, isWarning }];
      editor()?.mark([...errors.flatMap(place(false)), ...warnings.flatMap(place(true))]);
    }),
  );
  createEffect(
    on([editor, () => props.goTo], () => {
      if (props.goTo === null) return;
      editor()?.goTo(props.goTo.line);
      editor()?.focus();
    }),
  );
  return (
    <div class="h-[min(34rem,70dvh)] min-h-64 overflow-hidden rounded-lg border border-line">
      <Show when={editor() === null}>
        <Show when={hasFailed()} fallback={<Waiting />}>
          <p role="alert" class="p-4 text-bad">
            {t("shell.failed_load")}
          </p>
        </Show>
      </Show>
      <div ref={host} class="code-host h-full" />
    </div>
  );
}
