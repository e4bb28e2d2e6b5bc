import type { ListedWorkflow } from "@pulse/schema/wire/workflows";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, For, type JSX, Show } from "solid-js";
import { StartedExecution } from "../executions/started-execution.tsx";
import { Allowed } from "../session/allowed.tsx";
import { EnabledBadge } from "../triggers/enabled-badge.tsx";
import { schedulesQuery } from "../triggers/schedule-queries.ts";
import { buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { LoadedList } from "../ui/loaded-list.tsx";
import { Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { nextOf } from "./next-fire.ts";
import { workflowPath } from "./paths.ts";
import { workflowsQuery } from "./queries.ts";

/** All workflows, with how they last went and when they come next. */
export function WorkflowsPage(): JSX.Element {
  const workflows = useQuery(workflowsQuery);
  const schedules = useQuery(schedulesQuery);
  const next = createMemo(() => nextOf(dataOf(schedules) ?? []));
  const add = () => (
    <Allowed scope="deploy">
      <A href="/workflows/_new" class={buttonClass("primary")}>
        <Icon name="plus" />
        {t("workflows.new")}
      </A>
    </Allowed>
  );
  return (
    <Page title={t("shell.workflows")} actions={add()}>
      <LoadedList query={workflows} none={t("workflows.none")} hint={t("workflows.none_hint")} first={add()}>
        {(items) => (
          <Table
            label={t("shell.workflows")}
            columns={[
              { title: t("triggers.name") },
              { title: t("triggers.state"), wide: true },
              { title: t("workflows.steps"), wide: true, right: true },
              { title: t("workflows.last_run") },
              { title: t("workflows.next_run"), wide: true },
            ]}
          >
            <For each={items()}>{(one) => <Row workflow={one} nextAt={next().get(one.name)} />}</For>
          </Table>
        )}
      </LoadedList>
    </Page>
  );
}

function Row(props: { workflow: ListedWorkflow; nextAt: string | undefined }): JSX.Element {
  return (
    <tr class="hover:bg-sunken">
      <td class={`${cellClass({})} min-w-28`}>
        <A
          href={workflowPath(props.workflow.name)}
          class="inline-flex min-h-6 items-center font-medium break-all hover:underline"
        >
          {props.workflow.name}
        </A>
        <Show when={props.workflow.description}>
          {(text) => <p class="max-w-96 text-xs wrap-anywhere text-muted">{text()}</p>}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <EnabledBadge enabled={props.workflow.enabled} />
      </td>
      <td class={`${cellClass({ wide: true, right: true })} tabular-nums`}>{props.workflow.steps}</td>
      <td class={cellClass({})}>
        <Show when={props.workflow.lastRun} fallback={<span class="text-muted">–</span>}>
          {(last) => (
            <span class="flex flex-wrap items-center gap-2">
              <StartedExecution id={last().id} status={last().status} />
              <Moment at={last().at} />
            </span>
          )}
        </Show>
      </td>
      <td class={cellClass({ wide: true })}>
        <Show when={props.nextAt} fallback={<span class="text-muted">–</span>}>
          {(at) => <Moment at={at()} />}
        </Show>
      </td>
    </tr>
  );
}
