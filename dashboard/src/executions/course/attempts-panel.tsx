import type { ExecutionView } from "@pulse/schema/wire/executions";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Loaded } from "../../ui/loaded.tsx";
import { exact } from "../../ui/moment.tsx";
import { Panel } from "../../ui/panel.tsx";
import { cellClass, Table } from "../../ui/table.tsx";
import { number, t } from "../../words/words.ts";
import { executionPath } from "../execution-row.tsx";
import { endOfAttempt } from "../why.ts";
import type { Attempt } from "./attempts.ts";
import { attemptsQuery } from "./course-queries.ts";
import { labelText } from "./label-text.ts";

/** The attempts of an execution that was tried more than once: which runner had each from when to when, and why it ended. */
export function AttemptsPanel(props: { view: ExecutionView }): JSX.Element {
  const attempts = useQuery(() => attemptsQuery(props.view));
  return (
    <Panel title={t("course.attempts")} flush>
      <Loaded query={attempts}>
        {(found) => (
          <Table
            flush
            still={found().every(({ line }) => line === null)}
            label={t("course.attempts")}
            columns={[
              { title: t("execution.attempt") },
              { title: t("executions.runner") },
              { title: t("execution.began") },
              { title: t("execution.ended") },
              { title: t("execution.why") },
            ]}
          >
            <For each={found()}>{(one) => <AttemptRow id={props.view.id} one={one} />}</For>
          </Table>
        )}
      </Loaded>
    </Panel>
  );
}

function AttemptRow(props: { id: string; one: Attempt }): JSX.Element {
  const time = (ms: number | null) => (ms === null ? "–" : exact(new Date(ms).toISOString()));
  const why = () => endOfAttempt(props.one);
  const cell = cellClass({});
  return (
    <tr>
      <td class={cell}>
        <Show when={props.one.line} fallback={number(props.one.attempt)}>
          {(line) => (
            <A
              class="inline-flex min-h-6 items-center text-accent underline"
              href={`${executionPath(props.id)}?line=${line()}#parts`}
            >
              {t("timeline.attempt", { attempt: props.one.attempt })}
            </A>
          )}
        </Show>
      </td>
      <td class={cell}>{props.one.runner ?? "–"}</td>
      <td class={`${cell} whitespace-nowrap`}>{time(props.one.startedMs)}</td>
      <td class={`${cell} whitespace-nowrap`}>{time(props.one.endedMs)}</td>
      <td class={cell}>
        <Show when={why()} fallback="–">
          {(known) => labelText(known())}
        </Show>
        <Show when={props.one.message}>
          {(message) => <p class="line-clamp-3 text-xs break-words text-muted">{message()}</p>}
        </Show>
      </td>
    </tr>
  );
}
