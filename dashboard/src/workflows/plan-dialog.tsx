import type { Definition } from "@pulse/schema/workflow/definition";
import { diffDefinitions } from "@pulse/schema/workflow/diff-definitions";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createMemo, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { counted, t } from "../words/words.ts";
import { DifferenceList } from "./difference-list.tsx";
import { readText } from "./model/read-text.ts";
import { triggerChanges } from "./model/trigger-changes.ts";
import { savePlanQuery } from "./plan-queries.ts";
import { PlanSteps } from "./plan-steps.tsx";

const kinds = {
  added: "workflows.added",
  removed: "workflows.removed",
  changed: "workflows.changed",
  kept: "workflows.kept",
} as const;

/** Shows what a save would change, and what a run would do after it; then saves. `current`: the newest revision, null for a new workflow; `save`: null while it has no name. */
export function PlanDialog(props: {
  text: string;
  current: { revision: number; definition: Definition } | null;
  save: (() => Promise<unknown>) | null;
  onClose: () => void;
}): JSX.Element {
  const plan = useQuery(() => savePlanQuery(props.text));
  const save = useMutation(() => ({
    mutationFn: async () => props.save?.(),
    onSuccess: () => props.onClose(),
  }));
  return (
    <Dialog open onClose={props.onClose} title={t("builder.plan_title")}>
      <Loaded query={plan}>
        {(read) => (
          <Show
            when={read().validation.valid}
            fallback={
              <div class="grid gap-1">
                <p class="font-medium text-bad">{t("workflows.invalid")}</p>
                <ul class="grid list-disc gap-1 pl-5">
                  <For each={read().validation.errors}>
                    {(one) => (
                      <li class="break-words">
                        <code class="text-xs break-all">{one.pointer}</code> {one.message}
                      </li>
                    )}
                  </For>
                </ul>
              </div>
            }
          >
            <Changes text={props.text} current={props.current} />
            <Show when={read().plan}>{(one) => <PlanSteps plan={one()} />}</Show>
            <Show when={read().problem}>
              {(problem) => (
                <>
                  <p class="text-muted">{t("builder.plan_inputs")}</p>
                  <p class="text-xs break-words text-muted">{problem()}</p>
                </>
              )}
            </Show>
          </Show>
        )}
      </Loaded>
      <Show when={save.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <div class="flex flex-wrap justify-end gap-2">
        <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
        <Show when={props.save !== null} fallback={<p class="text-muted">{t("builder.plan_unnamed")}</p>}>
          <Button look="primary" disabled={save.isPending} onClick={() => save.mutate()}>
            {t("workflows.save")}
          </Button>
        </Show>
      </div>
    </Dialog>
  );
}

/** What a valid text would change of the current revision. */
function Changes(props: {
  text: string;
  current: { revision: number; definition: Definition } | null;
}): JSX.Element {
  // The gateway has found it valid.
  const after = createMemo(
    () => (readText(props.text).good?.definition ?? { steps: [] }) as unknown as Definition,
  );
  const differences = () =>
    props.current === null ? null : diffDefinitions(props.current.definition, after());
  const triggers = () => triggerChanges(props.current?.definition.triggers, after().triggers);
  return (
    <>
      <Show when={differences()} fallback={<p class="text-muted">{t("builder.plan_new")}</p>}>
        {(found) => (
          <Show
            when={found().length > 0}
            fallback={
              <p class="text-muted">
                {t("builder.plan_nothing", { revision: String(props.current?.revision ?? 0) })}
              </p>
            }
          >
            <p class="text-muted">{counted("workflows.differences", found().length)}</p>
            <DifferenceList differences={found()} />
          </Show>
        )}
      </Show>
      <section aria-label={t("builder.plan_triggers")} class="grid gap-1">
        <h3 class="font-semibold">{t("builder.plan_triggers")}</h3>
        <Show
          when={triggers().length > 0}
          fallback={<p class="text-muted">{t("builder.plan_no_triggers")}</p>}
        >
          <ul class="grid gap-1">
            <For each={triggers()}>
              {(one) => (
                <li class="break-words">
                  <span class="font-medium">{t(kinds[one.kind])}</span>{" "}
                  <code class="text-xs">{one.text}</code>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </section>
    </>
  );
}
