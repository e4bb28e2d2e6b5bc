import { isTerminal } from "@pulse/schema/status";
import type { CommandView, OutputGroup } from "@pulse/schema/wire/commands";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { ExecutionStatusBadge } from "../executions/execution-status.tsx";
import { ActButton } from "../ui/act-button.tsx";
import { buttonClass } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { lasting } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { counted, t } from "../words/words.ts";
import { StepStatusBadge } from "../workflows/step-status.tsx";
import { commandQuery, stopCommand } from "./console-queries.ts";

/** How far a command is, what the machines said, equal answers together, and how each did. */
export function CommandOutcome(props: { id: string }): JSX.Element {
  const command = useQuery(() => commandQuery(props.id));
  return (
    <Loaded query={command}>
      {(view) => (
        <>
          <Panel
            title={t("runners.outcome")}
            actions={
              <>
                <Show when={!isTerminal(view().status)}>
                  <ActButton look="danger" name={t("runners.stop")} act={() => stopCommand(props.id)} />
                </Show>
                <A class={buttonClass()} href={executionPath(props.id)}>
                  {t("runners.execution")}
                </A>
              </>
            }
          >
            <div class="grid gap-3">
              <p role="status" class="flex flex-wrap items-center gap-3">
                <ExecutionStatusBadge status={view().status} />
                <span class="tabular-nums">{progressOf(view())}</span>
              </p>
              <Show when={view().asked.command}>
                {(line) => <CodeText text={line()} label={t("runners.line")} wraps />}
              </Show>
              <Show when={view().error}>
                {(error) => <p class="break-words text-bad">{error().message}</p>}
              </Show>
            </div>
          </Panel>
          <For each={view().groups}>{(group) => <Group group={group} />}</For>
          <Show when={view().results.length > 0}>
            <Results view={view()} />
          </Show>
        </>
      )}
    </Loaded>
  );
}

function progressOf({ counts }: CommandView): string {
  const parts = [
    counts.succeeded > 0 ? counted("runners.done_count", counts.succeeded) : null,
    counts.failed > 0 ? counted("runners.failed_count", counts.failed) : null,
    counts.running + counts.waiting > 0
      ? counted("runners.open_count", counts.running + counts.waiting)
      : null,
    counts.skipped > 0 ? counted("runners.skipped_count", counts.skipped) : null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** Machines that ended alike and said the same. */
function Group(props: { group: OutputGroup }): JSX.Element {
  const title = () =>
    `${counted("runners.machines", props.group.runners.length)}: ${props.group.runners.join(", ")}`;
  // A machine stands in one group; all of their names are in the heading.
  const nameOf = (stream: "stdout" | "stderr") => `${stream}: ${props.group.runners[0] ?? ""}`;
  return (
    <Panel title={title()}>
      <div class="grid gap-3">
        <p class="flex flex-wrap items-center gap-3">
          <StepStatusBadge status={props.group.status} />
          <Show when={props.group.exitCode !== null}>
            <code>{t("runners.exit", { code: props.group.exitCode ?? 0 })}</code>
          </Show>
        </p>
        <Show when={props.group.message}>{(message) => <p class="break-words">{message()}</p>}</Show>
        <Show when={props.group.stdout !== ""}>
          <CodeText text={props.group.stdout} label={nameOf("stdout")} wraps />
        </Show>
        <Show when={props.group.stderr !== ""}>
          <CodeText text={props.group.stderr} label={nameOf("stderr")} wraps />
        </Show>
        <Show when={props.group.stdout === "" && props.group.stderr === ""}>
          <p class="text-muted">{t("runners.said_nothing")}</p>
        </Show>
        <Show when={props.group.isTruncated}>
          <p class="text-xs text-muted">{t("runners.cut")}</p>
        </Show>
      </div>
    </Panel>
  );
}

function Results(props: { view: CommandView }): JSX.Element {
  return (
    <Panel title={t("runners.each")} flush>
      <Table
        flush
        label={t("runners.each")}
        columns={[
          { title: t("runners.name") },
          { title: t("runners.status") },
          { title: t("runners.took"), wide: true, right: true },
        ]}
      >
        <For each={props.view.results}>
          {(one) => (
            <tr class="hover:bg-sunken">
              <td class={`${cellClass({})} font-medium break-all`}>
                <Show when={one.execution} fallback={one.runner}>
                  {(id) => (
                    <A class="inline-flex min-h-6 items-center hover:underline" href={executionPath(id())}>
                      {one.runner}
                    </A>
                  )}
                </Show>
              </td>
              <td class={cellClass({})}>
                <StepStatusBadge status={one.status} />
                <Show when={one.message ?? one.reason}>
                  {(why) => <p class="max-w-96 text-xs break-words text-muted">{why()}</p>}
                </Show>
              </td>
              <td class={cellClass({ wide: true, right: true })}>
                {one.durationMs === null ? "–" : lasting(one.durationMs)}
              </td>
            </tr>
          )}
        </For>
      </Table>
    </Panel>
  );
}
