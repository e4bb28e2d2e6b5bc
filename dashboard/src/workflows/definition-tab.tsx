import type { WorkflowView } from "@pulse/schema/wire/workflows";
import { useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, on, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { DefinitionEditor } from "./definition-editor.tsx";
import { createKeptEdit } from "./kept-edits.ts";
import { definitionQuery, saveDefinition } from "./queries.ts";
import { UnsavedNotice } from "./unsaved-notice.tsx";

const PlanDialog = lazily(
  async () => (await import("./plan-dialog.tsx")).PlanDialog,
  ["builder", "workflows"],
  () => null,
);

/** The newest definition, to be read and changed; a save makes the next revision, unless somebody else saved meanwhile. */
export function DefinitionTab(props: { workflow: WorkflowView }): JSX.Element {
  const definition = useQuery(() => definitionQuery(props.workflow.name));
  const [edit, keep] = createKeptEdit(() => props.workflow.name);
  const [isAsked, setAsked] = createSignal(false);
  // What somebody else saved is read at once: it stands here, or beside what is being typed as the notice that it overtook that.
  createEffect(
    on(
      () => props.workflow.revision,
      () => void definition.refetch(),
      { defer: true },
    ),
  );
  return (
    <Loaded query={definition}>
      {(read) => (
        <div class="grid grid-cols-[minmax(0,1fr)] gap-3">
          <Show when={edit()}>
            {(kept) => (
              <UnsavedNotice
                at={kept().at}
                isOvertaken={kept().etag !== read().etag}
                onSaveOver={() => keep({ ...kept(), etag: read().etag })}
              />
            )}
          </Show>
          <DefinitionEditor
            text={edit()?.text ?? read().text}
            onInput={(text) => {
              const etag = edit() === null ? read().etag : (edit()?.etag ?? null);
              keep(text === read().text ? null : { text, etag, at: Date.now() });
            }}
          />
          <Allowed scope="deploy">
            <div class="flex flex-wrap justify-end gap-2">
              <Button disabled={edit() === null} onClick={() => keep(null)}>
                {t("workflows.discard")}
              </Button>
              <Button look="primary" disabled={edit() === null} onClick={() => setAsked(true)}>
                {t("workflows.review")}
              </Button>
            </div>
          </Allowed>
          <Show when={isAsked()}>
            <PlanDialog
              text={edit()?.text ?? read().text}
              current={props.workflow}
              save={async () => {
                const { text, etag } = edit() ?? read();
                await saveDefinition(props.workflow.name, text, etag);
                keep(null);
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
