import type { ExecutionDiffView, LogDiffView } from "@pulse/schema/wire/execution-diff";
import { For, type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";

type Difference = ExecutionDiffView["inputs"][number];

/** What differs between two values, place by place. */
export function DifferenceList(props: { all: readonly Difference[] }): JSX.Element {
  return (
    <Show when={props.all.length > 0} fallback={<p class="text-muted">{t("compare.no_difference")}</p>}>
      <ul class="grid gap-2">
        <For each={props.all}>
          {(one) => (
            <li class="min-w-0">
              <code class="text-xs break-all text-muted">{one.pointer || "/"}</code>
              <Show when={one.before !== undefined}>
                <code class="block bg-bad-soft px-2 text-xs break-all whitespace-pre-wrap">
                  − {JSON.stringify(one.before)}
                </code>
              </Show>
              <Show when={one.after !== undefined}>
                <code class="block bg-ok-soft px-2 text-xs break-all whitespace-pre-wrap">
                  + {JSON.stringify(one.after)}
                </code>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

const marks = { same: " ", removed: "−", added: "+" } as const;
const tones = { same: "", removed: "bg-bad-soft", added: "bg-ok-soft" } as const;

/** Where two logs differ: their lines with some around them. */
export function LogDifference(props: { diff: LogDiffView }): JSX.Element {
  return (
    <div class="grid gap-2">
      <p class="text-muted">
        {t("compare.lines", { added: props.diff.added, removed: props.diff.removed })}
        <Show when={props.diff.truncated}> {t("compare.more")}</Show>
      </p>
      <Show when={props.diff.hunks.length > 0}>
        {/* Scrolls sideways, also by keyboard. */}
        <section
          class="max-h-96 overflow-auto rounded-md border border-line py-2 font-mono text-xs"
          tabindex="0"
          aria-label={t("compare.log_lines")}
        >
          <For each={props.diff.hunks}>
            {(hunk) => (
              <div class="w-fit min-w-full border-b border-line last:border-0">
                <p class="px-2 text-muted">
                  {hunk.before} → {hunk.after}
                </p>
                <For each={hunk.lines}>
                  {(line) => (
                    <p class={`px-2 whitespace-pre ${tones[line.kind]}`}>
                      {marks[line.kind]} {line.text}
                    </p>
                  )}
                </For>
              </div>
            )}
          </For>
        </section>
      </Show>
    </div>
  );
}
