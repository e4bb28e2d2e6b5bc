import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { For, type JSX, Show } from "solid-js";
import { lasting, Moment } from "../ui/moment.tsx";
import { t } from "../words/words.ts";
import { spansOf } from "./timeline.ts";

const colours = ["fill-muted", "fill-warn", "fill-busy", "fill-accent"];

/** Where the time went: waiting, starting a sandbox, loading the code, running it. */
export function TimelineView(props: { view: ExecutionView }): JSX.Element {
  const spans = () => spansOf(props.view.timing);
  const start = () => props.view.timing.start;
  return (
    <div class="grid gap-3">
      <Show when={spans().length > 0} fallback={<p class="text-muted">{t("timeline.none")}</p>}>
        <ol class="grid gap-1.5">
          <For each={spans()}>
            {(span, i) => (
              <li class="grid grid-cols-[5rem_minmax(0,1fr)_5.5rem] items-center gap-3">
                <span class="text-muted">{t(span.name)}</span>
                <svg
                  class="h-3 w-full rounded-sm bg-sunken"
                  aria-hidden="true"
                  preserveAspectRatio="none"
                  viewBox="0 0 100 1"
                >
                  <rect
                    x={Math.min(span.fromPercent, 99.5)}
                    width={Math.max(span.widthPercent, 0.5)}
                    height="1"
                    class={colours[i()] ?? "fill-accent"}
                  />
                </svg>
                <span class="text-right tabular-nums">{lasting(span.ms)}</span>
              </li>
            )}
          </For>
        </ol>
      </Show>
      <p class="flex flex-wrap gap-x-4 gap-y-1 text-muted">
        <span>
          {t("execution.created")} <Moment at={props.view.createdAt} />
        </span>
        <Show when={props.view.runner}>
          {(runner) => <span>{t("timeline.on", { runner: runner() })}</span>}
        </Show>
        <Show when={start()}>{(how) => <span>{t(`execution.start_${how()}`)}</span>}</Show>
        <Show when={props.view.attempt > 1}>
          <span>{t("timeline.attempt", { attempt: props.view.attempt })}</span>
        </Show>
        <Show when={props.view.late}>
          <span class="text-warn">{t("execution.late")}</span>
        </Show>
        <Show when={!isTerminal(props.view.status) && props.view.startedAt}>
          {(at) => (
            <span>
              {t("execution.began")} <Moment at={at()} />
            </span>
          )}
        </Show>
      </p>
    </div>
  );
}
