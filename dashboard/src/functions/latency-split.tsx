import type { ExecutionView } from "@pulse/schema/wire/executions";
import { For, type JSX, Show } from "solid-js";
import { spansOf } from "../executions/timeline.ts";
import { lasting } from "../ui/moment.tsx";
import { type Key, t } from "../words/words.ts";

const fills: Partial<Readonly<Record<Key, string>>> = {
  "timeline.queue": "fill-line",
  "timeline.start": "fill-warn",
  "timeline.init": "fill-busy",
  "timeline.run": "fill-ok",
};
const dots: Partial<Readonly<Record<Key, string>>> = {
  "timeline.queue": "bg-line",
  "timeline.start": "bg-warn",
  "timeline.init": "bg-busy",
  "timeline.run": "bg-ok",
};

/** Where the time of a call went: a bar of its parts, and each in words. */
export function LatencySplit(props: { timing: ExecutionView["timing"] }): JSX.Element {
  const spans = () => spansOf(props.timing);
  return (
    <Show when={spans().length > 0}>
      <div class="grid gap-1">
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" class="h-2 w-full rounded-sm" aria-hidden="true">
          <For each={spans()}>
            {(span) => (
              <rect
                x={span.fromPercent}
                y="0"
                width={span.widthPercent}
                height="4"
                class={fills[span.name] ?? ""}
              />
            )}
          </For>
        </svg>
        <ul class="flex flex-wrap gap-x-4 gap-y-1 text-xs">
          <For each={spans()}>
            {(span) => (
              <li class="inline-flex items-center gap-1.5">
                <span
                  aria-hidden="true"
                  class={`size-2 rounded-full border border-edge ${dots[span.name] ?? ""}`}
                />
                {t(span.name)}
                <span class="text-muted tabular-nums">{lasting(span.ms)}</span>
              </li>
            )}
          </For>
          <Show when={props.timing.start}>
            {(start) => <li class="text-muted">{t(`execution.start_${start()}`)}</li>}
          </Show>
        </ul>
      </div>
    </Show>
  );
}
