import type { ExecutionStatus } from "@pulse/schema/status";
import type { ExecutionDiffView } from "@pulse/schema/wire/execution-diff";
import { A, useParams } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { buttonClass } from "../ui/button.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { lasting, Moment } from "../ui/moment.tsx";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { DifferenceList, LogDifference } from "./difference-list.tsx";
import { comparePath, executionPath } from "./execution-row.tsx";
import { ExecutionStatusBadge } from "./execution-status.tsx";
import { diffQuery, executionQuery } from "./queries.ts";
import { StepDifferences } from "./step-differences.tsx";

type Side = ExecutionDiffView["before"];

/** Two executions side by side, with what differs between them. */
export function ComparePage(): JSX.Element {
  const params = useParams<{ id: string; other: string }>();
  const diff = useQuery(() => diffQuery(params.id, params.other));
  return (
    <Page
      title={t("compare.title")}
      actions={
        <A class={buttonClass()} href={comparePath(params.other, params.id)}>
          {t("compare.swap")}
        </A>
      }
    >
      <Loaded query={diff}>{(data) => <Compared diff={data()} />}</Loaded>
    </Page>
  );
}

function Compared(props: { diff: ExecutionDiffView }): JSX.Element {
  return (
    <>
      <p role="status" class="font-medium">
        {t(props.diff.isSame ? "compare.same" : "compare.differs")}
        <Show when={props.diff.truncated}> {t("compare.more")}</Show>
      </p>
      <Sides before={props.diff.before} after={props.diff.after} />
      <Show when={props.diff.definition.length > 0}>
        <Panel title={t("compare.definition")}>
          <DifferenceList all={props.diff.definition} />
        </Panel>
      </Show>
      <Panel title={t("compare.input")}>
        <DifferenceList all={props.diff.inputs} />
      </Panel>
      <Panel title={t("compare.result")}>
        <DifferenceList all={props.diff.output} />
      </Panel>
      <Show when={props.diff.steps.length > 0}>
        <Panel title={t("compare.steps")} flush>
          <StepDifferences steps={props.diff.steps} />
        </Panel>
      </Show>
      <Show when={props.diff.logs}>
        {(logs) => (
          <Panel title={t("compare.logs")}>
            <LogDifference diff={logs()} />
          </Panel>
        )}
      </Show>
    </>
  );
}

/** What both are, a line for each fact; those that differ are marked. */
function Sides(props: { before: Side; after: Side }): JSX.Element {
  const one = useQuery(() => executionQuery(props.before.id));
  const other = useQuery(() => executionQuery(props.after.id));
  const attempts = (query: typeof one) => (query.isSuccess ? query.data.attempt : null);
  const runners = (query: typeof one) => (query.isSuccess ? (query.data.runner ?? "–") : null);
  const took = (side: Side) => (side.durationMs === null ? "–" : lasting(side.durationMs));
  const timing = (query: typeof one, field: "queueMs" | "startMs" | "initMs" | "runMs") => {
    const ms = query.isSuccess ? query.data.timing[field] : undefined;
    return ms === undefined ? "–" : lasting(ms);
  };
  const rows = (): { name: string; before: JSX.Element; after: JSX.Element; differs: boolean | null }[] => [
    {
      name: t("executions.what"),
      before: <Link side={props.before} />,
      after: <Link side={props.after} />,
      differs: props.before.name !== props.after.name,
    },
    {
      name: t("executions.status"),
      before: <ExecutionStatusBadge status={props.before.status as ExecutionStatus} />,
      after: <ExecutionStatusBadge status={props.after.status as ExecutionStatus} />,
      differs: props.before.status !== props.after.status,
    },
    {
      name: t("compare.error"),
      before: props.before.error?.message ?? "–",
      after: props.after.error?.message ?? "–",
      differs: props.before.error?.message !== props.after.error?.message,
    },
    {
      name: t("execution.version"),
      before: props.before.version ?? "–",
      after: props.after.version ?? "–",
      differs: props.before.version !== props.after.version,
    },
    {
      name: t("execution.attempt"),
      before: attempts(one) ?? "–",
      after: attempts(other) ?? "–",
      differs: attempts(one) !== attempts(other),
    },
    {
      name: t("executions.runner"),
      before: runners(one) ?? "–",
      after: runners(other) ?? "–",
      differs: runners(one) !== runners(other),
    },
    // Times differ always; that is no difference.
    { name: t("compare.took"), before: took(props.before), after: took(props.after), differs: null },
    ...(["queue", "start", "init", "run"] as const).map((part) => ({
      name: t(`timeline.${part}`),
      before: timing(one, `${part}Ms`),
      after: timing(other, `${part}Ms`),
      differs: null,
    })),
    {
      name: t("execution.created"),
      before: <Moment at={props.before.createdAt} />,
      after: <Moment at={props.after.createdAt} />,
      differs: null,
    },
  ];
  return (
    <Table
      label={t("compare.title")}
      columns={[{ title: t("compare.what") }, { title: t("compare.before") }, { title: t("compare.after") }]}
    >
      <For each={rows()}>
        {(row) => (
          <tr classList={{ "bg-warn-soft": row.differs === true }}>
            <th scope="row" class={`${cellClass({})} font-normal`}>
              {row.name}
              <Show when={row.differs}>
                <span class="block text-xs text-warn">{t("compare.changed")}</span>
              </Show>
            </th>
            <td class={`${cellClass({})} break-words`}>{row.before}</td>
            <td class={`${cellClass({})} break-words`}>{row.after}</td>
          </tr>
        )}
      </For>
    </Table>
  );
}

function Link(props: { side: Side }): JSX.Element {
  return (
    <A href={executionPath(props.side.id)} class="inline-block min-h-6 font-medium text-accent underline">
      {props.side.name}
      <code class="block text-xs font-normal break-all">{props.side.id}</code>
    </A>
  );
}
