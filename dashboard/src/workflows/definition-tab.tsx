import type { WorkflowView } from "@pulse/schema/wire/workflows";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { DefinitionEditor } from "./definition-editor.tsx";
import { definitionQuery, saveDefinition } from "./queries.ts";

const PlanDialog = lazily(
  async () => (await import("./plan-dialog.tsx")).PlanDialog,
  ["builder", "workflows"],
  () => null,
);

/** The newest definition, to be read and changed; a save makes the next revision, unless somebody else saved meanwhile. */
export function DefinitionTab(props: { workflow: WorkflowView }): JSX.Element {
  const definition = useQuery(() => definitionQuery(props.workflow.name));
  const [typed, setTyped] = createSignal<string | null>(null);
  const [isAsked, setAsked] = createSignal(false);
  return (
    <Loaded query={definition}>
      {(read) => (
        <div class="grid grid-cols-[minmax(0,1fr)] gap-3">
          <DefinitionEditor text={typed() ?? read().text} onInput={setTyped} />
          <div class="flex flex-wrap justify-end gap-2">
            <Button disabled={typed() === null} onClick={() => setTyped(null)}>
              {t("workflows.discard")}
            </Button>
            <Button look="primary" disabled={typed() === null} onClick={() => setAsked(true)}>
              {t("workflows.review")}
            </Button>
          </div>
          <Show when={isAsked()}>
            <PlanDialog
              text={typed() ?? read().text}
              current={props.workflow}
              save={async () => {
                await saveDefinition(props.workflow.name, typed() ?? read().text, read().etag);
                setTyped(null);
                say(t("workflows.saved"));
              }}
              onClose={() => setAsked(false)}
            />
          </Show>
        </div>
      )}
    </Loaded>
  );
}
