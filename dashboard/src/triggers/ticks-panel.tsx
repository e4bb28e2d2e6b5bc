import type { TickView } from "@pulse/schema/wire/schedules";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { type JSX, Show } from "solid-js";
import { StartedExecution } from "../executions/started-execution.tsx";
import { exact } from "../ui/moment.tsx";
import { PagedPanel } from "../ui/paged-panel.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass } from "../ui/table.tsx";
import { counted, t } from "../words/words.ts";
import { ticksQuery } from "./schedule-queries.ts";
import { TickStatusBadge } from "./tick-status.tsx";

const search = { cursor: textUpTo(500) };

/** What became of a schedule's ticks, newest first: what was started, and what was passed over and why. */
export function TicksPanel(props: { id: string }): JSX.Element {
  const [params, setParams] = useSearch(search);
  const ticks = useQuery(() => ({
    ...ticksQuery(props.id, params().cursor),
    placeholderData: keepPreviousData,
  }));
  return (
    <PagedPanel
      title={t("schedules.ticks")}
      none={t("schedules.no_ticks")}
      query={ticks}
      columns={[
        { title: t("schedules.due") },
        { title: t("schedules.outcome") },
        { title: t("triggers.started") },
      ]}
      cursor={params().cursor}
      onGo={(cursor) => setParams({ cursor })}
      row={(tick) => <Row tick={tick} />}
    />
  );
}

function Row(props: { tick: TickView }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={cellClass({})}>
        <time datetime={props.tick.at} class="tabular-nums">
          {exact(props.tick.at)}
        </time>
        <Show when={props.tick.until}>
          {(until) => <p class="text-xs text-muted">{t("schedules.until", { at: exact(until()) })}</p>}
        </Show>
        <Show when={props.tick.by}>
          {(by) => <p class="text-xs text-muted">{t("schedules.asked_by", { by: by() })}</p>}
        </Show>
      </td>
      <td class={cellClass({})}>
        <span class="flex flex-wrap items-center gap-2">
          <TickStatusBadge status={props.tick.status} />
          <Show when={props.tick.count}>{(count) => <span>{counted("schedules.times", count())}</span>}</Show>
        </span>
        <Show when={props.tick.reason}>
          {(reason) => <p class="mt-1 max-w-96 text-xs break-words text-muted">{reason()}</p>}
        </Show>
      </td>
      <td class={cellClass({})}>
        <StartedExecution id={props.tick.executionId} status={props.tick.executionStatus} />
      </td>
    </tr>
  );
}
