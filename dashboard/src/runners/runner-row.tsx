import type { RunnerView } from "@pulse/schema/wire/runners";
import { A } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Moment } from "../ui/moment.tsx";
import { tell } from "../ui/problem-notice.tsx";
import { cellClass } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { MeasureView } from "./measure-view.tsx";
import { measures } from "./measures.ts";
import { runnerPath } from "./paths.ts";
import { setDraining } from "./queries.ts";
import { RunnerStatusBadge } from "./runner-status.tsx";

/** A runner as a row of the list. */
export function RunnerRow(props: {
  runner: RunnerView;
  mayManage: boolean;
  onRemove: () => void;
}): JSX.Element {
  const isDraining = () => props.runner.state === "draining";
  const drain = useMutation(() => ({
    mutationFn: () => setDraining(props.runner.name, !isDraining()),
    onError: (error) => say(`${tell(error).title}: ${tell(error).detail}`),
  }));
  const running = () =>
    `/executions?${new URLSearchParams({ runner: props.runner.name, status: "offered,running" })}`;
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} max-w-56 min-w-24 md:min-w-36`}>
        <A
          href={runnerPath(props.runner.name)}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.runner.name}
        </A>
        <p class="flex flex-wrap gap-1 text-xs text-muted">
          <span>{props.runner.pool}</span>
          <Show when={props.runner.version}>
            {(version) => <span title={t("runners.version")}>v{version()}</span>}
          </Show>
          <For each={Object.entries(props.runner.labels)}>
            {([key, value]) => (
              <span class="max-w-full rounded border border-line px-1 break-all">
                {key}={value}
              </span>
            )}
          </For>
        </p>
      </td>
      <td class={cellClass({})}>
        <RunnerStatusBadge runner={props.runner} />
        <Warm runner={props.runner} />
        <div class="md:hidden">
          <Work href={running()} runner={props.runner} />
        </div>
        <Show when={props.runner.preparing}>
          {(why) => <p class="max-w-48 text-xs break-words text-muted">{why()}</p>}
        </Show>
      </td>
      <td class={`${cellClass({ wide: true })} whitespace-nowrap`}>
        <Work href={running()} runner={props.runner} />
      </td>
      <For each={measures}>
        {(measure) => (
          <td class={`${cellClass({ wide: true, right: true })} whitespace-nowrap tabular-nums`}>
            <Show when={props.runner.status === "online"} fallback={<span class="text-muted">–</span>}>
              <MeasureView runner={props.runner} measure={measure} />
            </Show>
          </td>
        )}
      </For>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.runner.lastSeenAt} />
      </td>
      <td class={cellClass({ wide: true })}>
        <Show when={props.mayManage}>
          <div class="flex gap-1">
            <Button
              aria-label={`${t(isDraining() ? "runners.resume" : "runners.drain")}: ${props.runner.name}`}
              title={isDraining() ? undefined : t("runners.drain_hint")}
              disabled={drain.isPending}
              onClick={() => drain.mutate()}
            >
              {t(isDraining() ? "runners.resume" : "runners.drain")}
            </Button>
            <Button
              look="danger"
              aria-label={`${t("runners.remove")}: ${props.runner.name}`}
              onClick={() => props.onRemove()}
            >
              {t("runners.remove")}
            </Button>
          </div>
        </Show>
      </td>
    </tr>
  );
}

/** What it runs, with the way there. */
function Work(props: { href: string; runner: RunnerView }): JSX.Element {
  return (
    <A
      class="inline-flex min-h-6 items-center whitespace-nowrap tabular-nums hover:underline"
      href={props.href}
    >
      {t("runners.busy", { running: props.runner.running, slots: props.runner.slots })}
    </A>
  );
}

/** What it has warm: a call of these starts at once. */
function Warm(props: { runner: RunnerView }): JSX.Element {
  const names = () => (props.runner.warm ?? []).map(({ function: name, version }) => `${name}@${version}`);
  return (
    <Show when={names().length > 0}>
      <p class="max-w-48 text-xs break-words text-muted" title={names().join(", ")}>
        {counted("runners.warm", names().length)}
      </p>
    </Show>
  );
}
