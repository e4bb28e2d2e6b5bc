import { useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, on } from "solid-js";
import type { CodeEditor } from "../../functions/code-editor.ts";
import { CodeHost } from "../../functions/code-host.tsx";
import { functionsQuery } from "../../functions/queries.ts";
import { runnersQuery } from "../../runners/queries.ts";
import { dataOf } from "../../ui/loaded.tsx";
import { t } from "../../words/words.ts";
import { workflowsQuery } from "../queries.ts";
import type { Builder } from "./create-builder.ts";

/** A definition as text, with what the gateway finds in it at its lines, and completion. */
export function TextView(props: { builder: Builder; goTo: { line: number } | null }): JSX.Element {
  const [editor, setEditor] = createSignal<CodeEditor | null>(null);
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
  const place = async () => ({
    label: () => t("workflows.definition"),
    onEdit: (_: string, text: string) => props.builder.type(text),
    more: (await import("./text-language.ts")).definitionLanguage(names),
  });
  createEffect(() => editor()?.show("definition", props.builder.text()));
  createEffect(
    on([editor, props.builder.checked, props.builder.bad], () => {
      const { errors = [], warnings = [] } = props.builder.checked() ?? {};
      const marked = (isWarning: boolean) => (one: (typeof errors)[number]) =>
        one.position === undefined ? [] : [{ line: one.position.line, text: one.message, isWarning }];
      editor()?.mark([...errors.flatMap(marked(false)), ...warnings.flatMap(marked(true))]);
    }),
  );
  createEffect(
    on([editor, () => props.goTo], () => {
      if (props.goTo === null) return;
      editor()?.goTo(props.goTo.line);
      editor()?.focus();
    }),
  );
  return <CodeHost class="rounded-lg border border-line" place={place} onReady={setEditor} />;
}
