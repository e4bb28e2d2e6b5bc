import type { ScheduleView } from "@pulse/schema/wire/schedules";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { triggerPath } from "./paths.ts";
import { PausedBadge } from "./paused-badge.tsx";
import { schedulesQuery } from "./schedule-queries.ts";
import { timingText } from "./schedule-text.ts";
import { TargetView } from "./target-view.tsx";

/** All schedules, those of workflows too; `make`: the button for the first. */
export function SchedulesList(props: { make: JSX.Element }): JSX.Element {
  const schedules = useQuery(schedulesQuery);
  return (
    <LoadedList
      query={schedules}
      none={t("schedules.none")}
      hint={t("schedules.none_hint")}
      first={props.make}
    >
      {(items) => (
        <Table
          label={t("triggers.schedules")}
          columns={[
            { title: t("triggers.name") },
            { title: t("triggers.state") },
            { title: t("triggers.starts"), wide: true },
            { title: t("schedules.when"), wide: true },
            { title: t("schedules.next") },
          ]}
        >
          <For each={items()}>{(schedule) => <ScheduleRow schedule={schedule} />}</For>
        </Table>
      )}
    </LoadedList>
  );
}

function ScheduleRow(props: { schedule: ScheduleView }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <A
          href={triggerPath("schedules", props.schedule.id)}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.schedule.name}
        </A>
        <p class="text-xs text-muted md:hidden">
          <code>{timingText(props.schedule)}</code>
        </p>
      </td>
      <td class={cellClass({})}>
        <PausedBadge isPaused={!props.schedule.enabled} />
      </td>
      <td class={cellClass({ wide: true })}>
        <TargetView target={props.schedule.target} />
      </td>
      <td class={cellClass({ wide: true })}>
        <code class="text-xs">{timingText(props.schedule)}</code>
        <p class="text-xs text-muted">{props.schedule.timezone}</p>
      </td>
      <td class={cellClass({})}>
        <Show when={props.schedule.nextAt} fallback={<span class="text-muted">–</span>}>
          {(at) => <Moment at={at()} />}
        </Show>
      </td>
    </tr>
  );
}
