import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { Overview } from "@pulse/schema/wire/overview";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { ExecutionStatusBadge } from "../executions/execution-status.tsx";
import { whyOf } from "../executions/why.ts";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { number, t } from "../words/words.ts";
import { ended, newestQuery, underWay } from "./queries.ts";

const shownMost = 200;

/** A way to more of what a panel shows. */
export function More(props: { href: string; children: JSX.Element }): JSX.Element {
  return (
    <A href={props.href} class="inline-flex min-h-6 items-center text-xs text-accent underline">
      {props.children}
    </A>
  );
}

/** What runs now, and how much else has not ended. */
export function NowPanel(props: { live: Overview["live"] }): JSX.Element {
  const running = useQuery(() => newestQuery(underWay));
  const counts = () =>
    [
      ["home.running", props.live.running + props.live.offered, "running,offered"],
      ["home.waiting", props.live.waiting, "waiting"],
      ["home.queued", props.live.queued + props.live.scheduled, "queued,scheduled"],
    ] as const;
  return (
    <Panel title={t("home.now")}>
      <div class="grid gap-4">
        <ul class="flex flex-wrap gap-x-6 gap-y-2">
          <For each={counts()}>
            {([name, count, status]) => (
              <li>
                <A href={`/executions?status=${status}`} class="group block">
                  <span class="block text-2xl font-semibold tabular-nums">{number(count)}</span>
                  <span class="text-xs text-muted group-hover:underline">{t(name)}</span>
                </A>
              </li>
            )}
          </For>
        </ul>
        <Loaded query={running}>
          {(items) => (
            <Show when={items().length > 0} fallback={<p class="text-muted">{t("home.nothing_runs")}</p>}>
              <ul class="grid gap-2">
                <For each={items()}>{(view) => <Line view={view} />}</For>
              </ul>
            </Show>
          )}
        </Loaded>
      </div>
    </Panel>
  );
}

/** What failed last, each with why. */
export function FailedPanel(): JSX.Element {
  const failed = useQuery(() => newestQuery(ended));
  return (
    <Panel
      title={t("home.failed")}
      actions={<More href={`/executions?status=${ended.join(",")}`}>{t("home.all_failed")}</More>}
    >
      <Loaded query={failed}>
        {(items) => (
          <Show when={items().length > 0} fallback={<p class="text-muted">{t("home.failed_none")}</p>}>
            <ul class="grid gap-3">
              <For each={items()}>{(view) => <Line view={view} explains />}</For>
            </ul>
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}

function Line(props: { view: ExecutionView; explains?: boolean }): JSX.Element {
  const why = () => (props.explains === true ? whyOf(props.view) : null);
  return (
    <li class="grid min-w-0 gap-0.5">
      <div class="flex min-w-0 flex-wrap items-center gap-2">
        <ExecutionStatusBadge status={props.view.status} />
        <A
          href={executionPath(props.view.id)}
          class="inline-flex min-h-6 min-w-0 items-center font-medium break-all hover:underline"
        >
          {props.view.name}
        </A>
        <span class="ml-auto text-xs text-muted">
          <Moment at={props.view.createdAt} />
        </span>
      </div>
      <Show when={why()}>
        {(sentence) => (
          <p class="text-xs break-words text-muted">
            {t(sentence().key, sentence().values)} {props.view.error?.message.slice(0, shownMost)}
          </p>
        )}
      </Show>
    </li>
  );
}
