import { For, type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";
import type { Change, DeployChanges } from "./changes.ts";

const looks = {
  added: ["+", "text-ok"],
  removed: ["−", "text-bad"],
  changed: ["~", "text-warn"],
} as const;

/** All that a deploy changes: files, packages, settings, and secrets by name. Of packages and secrets nothing is said where none changes. */
export function ChangeLists(props: { changes: DeployChanges }): JSX.Element {
  return (
    <>
      <ChangeList title={t("code.files")} none={t("deploy.no_files")} changes={props.changes.files} />
      <Show when={props.changes.dependencies.length > 0}>
        <ChangeList title={t("deploy.packages")} none="" changes={props.changes.dependencies} withValues />
      </Show>
      <ChangeList
        title={t("deploy.settings")}
        none={t("deploy.no_settings")}
        changes={props.changes.settings}
        withValues
      />
      <Show when={props.changes.secrets.length > 0}>
        <ChangeList title={t("deploy.secrets")} none="" changes={props.changes.secrets} withValues />
      </Show>
    </>
  );
}

/** What differs, one a line, in sign, colour and word. */
function ChangeList(props: {
  title: string;
  none: string;
  changes: readonly Change[];
  withValues?: boolean;
}): JSX.Element {
  return (
    <section aria-label={props.title} class="min-w-0">
      <h3 class="font-medium">{props.title}</h3>
      <ul class="mt-1 grid gap-1">
        <For each={props.changes} fallback={<li class="text-muted">{props.none}</li>}>
          {(change) => (
            <li class="flex min-w-0 flex-wrap items-baseline gap-x-2">
              <span aria-hidden="true" class={`w-3 shrink-0 text-center font-mono ${looks[change.how][1]}`}>
                {looks[change.how][0]}
              </span>
              <code class="min-w-0 break-all">{change.name}</code>
              <span class={`text-xs ${looks[change.how][1]}`}>{t(`changes.${change.how}`)}</span>
              <Show when={props.withValues}>
                <span class="min-w-0 text-xs break-all text-muted">
                  <Show when={change.before}>{(before) => <del>{before()}</del>}</Show>
                  <Show when={change.before !== null && change.after !== null}> → </Show>
                  <Show when={change.after}>{(after) => <ins class="no-underline">{after()}</ins>}</Show>
                </span>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
