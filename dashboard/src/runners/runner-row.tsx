import type { RunnerView } from "@pulse/schema/wire/runners";
import { A } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Moment } from "../ui/moment.tsx";
import { tell } from "../ui/problem-notice.tsx";
import { cellClass } from "../ui/table.tsx";
import { say } from "../ui/toasts.tsx";
import { number, t } from "../words/words.ts";
import { setDraining } from "./queries.ts";
import { RunnerStatusBadge } from "./runner-status.tsx";

/** A runner as a row of the list. */
export function RunnerRow(props: { runner: RunnerView; onRemove: () => void }): JSX.Element {
  const isDraining = () => props.runner.state === "draining";
  const drain = useMutation(() => ({
    mutationFn: () => setDraining(props.runner.name, !isDraining()),
    onError: (error) => say(`${tell(error).title}: ${tell(error).detail}`),
  }));
  // What a runner said that is away is old.
  const metrics = () => (props.runner.status === "online" ? props.runner.metrics : null);
  const running = () =>
    `/executions?${new URLSearchParams({ runner: props.runner.name, status: "offered,running" })}`;
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} max-w-56 min-w-24`}>
        <p class="font-medium break-all">{props.runner.name}</p>
        <p class="flex flex-wrap gap-1 text-xs text-muted">
          <span>{props.runner.pool}</span>
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
      <Measure shown={metrics() !== null}>{number(metrics()?.cpu ?? 0, { style: "percent" })}</Measure>
      <Measure shown={metrics() !== null}>
        {t("runners.of", {
          used: bytesText((metrics()?.memTotal ?? 0) - (metrics()?.memFree ?? 0)),
          all: bytesText(metrics()?.memTotal ?? 0),
        })}
      </Measure>
      <Measure shown={metrics() !== null}>
        {number(metrics()?.load1 ?? 0, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}
      </Measure>
      <td class={cellClass({ wide: true })}>
        <Moment at={props.runner.lastSeenAt} />
      </td>
      <td class={cellClass({})}>
        <div class="flex flex-wrap gap-1">
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

function Measure(props: { shown: boolean; children: JSX.Element }): JSX.Element {
  return (
    <td class={`${cellClass({ wide: true, right: true })} whitespace-nowrap tabular-nums`}>
      <Show when={props.shown} fallback={<span class="text-muted">–</span>}>
        {props.children}
      </Show>
    </td>
  );
}
