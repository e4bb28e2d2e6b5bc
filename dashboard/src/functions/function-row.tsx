import type { DraftItem } from "@pulse/schema/wire/drafts";
import type { FunctionView } from "@pulse/schema/wire/functions";
import type { FunctionStats } from "@pulse/schema/wire/stats";
import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import { ExecutionStatusBadge } from "../executions/execution-status.tsx";
import { lasting, Moment } from "../ui/moment.tsx";
import { cellClass } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { functionPath } from "./paths.ts";
import { Sparkline } from "./sparkline.tsx";

/** A function of the list: deployed, or only a draft so far. */
export interface ListedFunction {
  name: string;
  view: FunctionView | null;
  draft: DraftItem | null;
}

/** One function of the list. */
export function FunctionRow(props: {
  one: ListedFunction;
  stats: FunctionStats | null;
  isCounted: boolean;
}): JSX.Element {
  const runtime = () => {
    const from = props.one.view?.latest ? props.one.view : (props.one.draft ?? props.one.view);
    return from === null ? "" : t(`functions.runtime_${from.runtime}`);
  };
  return (
    // As high as it is with its numbers, which come later.
    <tr class="h-12 hover:bg-sunken">
      <th scope="row" class={`${cellClass({})} font-normal`}>
        <A href={functionPath(props.one.name)} class="font-medium break-all text-accent hover:underline">
          {props.one.name}
        </A>
        <Show when={props.one.draft !== null && props.one.view !== null}>
          <span class="ml-2 text-xs text-muted">{t("functions.has_draft")}</span>
        </Show>
      </th>
      <td class={cellClass({ wide: true })}>{runtime()}</td>
      <td class={`${cellClass({})} whitespace-nowrap`}>
        <Live one={props.one} />
      </td>
      <td class={cellClass({})}>
        <Show
          when={props.stats?.lastRun}
          fallback={
            <span class="text-muted">
              {props.isCounted || props.one.view === null ? t("time.never") : "…"}
            </span>
          }
        >
          {(run) => (
            <A
              href={`/executions/${run().id}`}
              class="flex flex-wrap items-center gap-x-2 gap-y-1 hover:underline"
            >
              <ExecutionStatusBadge status={run().status} />
              <Moment at={run().at} />
            </A>
          )}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Show when={props.stats}>{(stats) => <Sparkline ok={stats().ok} failed={stats().failed} />}</Show>
      </td>
      <td class={`${cellClass({ wide: true, right: true })} whitespace-nowrap tabular-nums`}>
        <Show when={props.stats?.durations} fallback={<span class="text-muted">–</span>}>
          {(durations) => lasting(durations().p95)}
        </Show>
      </td>
    </tr>
  );
}

function Live(props: { one: ListedFunction }): JSX.Element {
  const live = () => props.one.view?.aliases.live;
  return (
    <Show
      when={live()}
      fallback={
        <span class="text-muted">
          {t(props.one.view === null ? "functions.draft" : "functions.not_live")}
        </span>
      }
    >
      {(version) => <>v{version()}</>}
    </Show>
  );
}
