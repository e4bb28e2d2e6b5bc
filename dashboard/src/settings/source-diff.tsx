import { differenceText } from "@pulse/schema/apply/difference-text";
import type { Act } from "@pulse/schema/apply/plan";
import type { SourceView } from "@pulse/schema/wire/sources";
import { useMutation } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { counted, t } from "../words/words.ts";
import { differencesOfSource } from "./source-queries.ts";
import { planParts, shortCommit } from "./source-sync.ts";

/** What is not as the end of a source's branch says, looked for on demand: the gateway fetches the branch for it. */
export function SourceDiff(props: { source: SourceView }): JSX.Element {
  const look = useMutation(() => ({ mutationFn: () => differencesOfSource(props.source.name) }));
  return (
    <Panel
      title={t("sources.diff")}
      actions={
        <Button disabled={look.isPending} onClick={() => look.mutate()}>
          {t(look.isPending ? "sources.diff_looking" : "sources.diff_look")}
        </Button>
      }
    >
      <div class="grid gap-3" aria-live="polite">
        <Show when={look.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Show when={look.data} fallback={<p class="text-muted">{t("sources.diff_hint")}</p>}>
          {(found) => {
            const parts = () => planParts(found().plan, props.source.prune);
            const commit = () => shortCommit(found().commit);
            return (
              <>
                <p class="font-medium">
                  {parts().due.length === 0
                    ? t("sources.diff_none")
                    : counted("sources.diff_due", parts().due.length)}
                  <Show when={commit()}>
                    {(id) => (
                      <>
                        {" "}
                        <code class="text-xs font-normal text-muted">{id()}</code>
                      </>
                    )}
                  </Show>
                </p>
                <Acts acts={parts().due} />
                <Show when={parts().unpruned.length > 0}>
                  <p class="text-muted">{t("sources.diff_unpruned")}</p>
                  <Acts acts={parts().unpruned} />
                </Show>
                <Show when={parts().same > 0}>
                  <p class="text-muted">{counted("sources.diff_same", parts().same)}</p>
                </Show>
              </>
            );
          }}
        </Show>
      </div>
    </Panel>
  );
}

function Acts(props: { acts: readonly Act[] }): JSX.Element {
  return (
    <Show when={props.acts.length > 0}>
      <ul class="grid gap-2">
        <For each={props.acts}>
          {(one) => (
            <li class="grid gap-1 rounded-md border border-line p-2">
              <p>
                <span class="font-medium">{t(`sources.act_${one.act}`)}</span> {t(`sources.kind_${one.kind}`)}{" "}
                <code class="break-all">{one.name}</code>
              </p>
              <Show when={one.differences.length > 0}>
                <ul class="grid gap-0.5 font-mono text-xs break-all text-muted">
                  <For each={one.differences}>{(difference) => <li>{differenceText(difference)}</li>}</For>
                </ul>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
