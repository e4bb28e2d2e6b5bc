import type { Difference } from "@pulse/schema/workflow/diff-definitions";
import { For, type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";

const kindWords = {
  added: "workflows.added",
  removed: "workflows.removed",
  changed: "workflows.changed",
  moved: "workflows.moved",
} as const;

/** What differs between two definitions, each with its place, what was there and what is. */
export function DifferenceList(props: { differences: readonly Difference[] }): JSX.Element {
  return (
    <ul class="grid gap-2">
      <For each={props.differences}>
        {(one) => (
          <li class="min-w-0">
            <span class="font-medium">{t(kindWords[one.kind])}</span>{" "}
            <Show when={one.step}>{(step) => <span class="break-all">{step()} </span>}</Show>
            <code class="text-xs break-all text-muted">{one.pointer}</code>
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
  );
}
