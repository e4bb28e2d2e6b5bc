import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { LogViewer } from "../logs/log-viewer.tsx";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { lazily } from "../ui/lazily.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { lasting } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { oneOf, textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { runnersOf, stepTookMs, targetOf } from "./matrix.ts";
import { workflowPath } from "./paths.ts";
import { PromptCard } from "./prompt-card.tsx";
import { runQuery } from "./queries.ts";
import { StepStatusBadge } from "./step-status.tsx";

const RunGraph = lazily(async () => (await import("./run-graph.tsx")).RunGraph, ["builder", "workflows"]);
const StepLog = lazily(async () => (await import("./step-log.tsx")).StepLog, ["logs", "workflows"]);
/** `all`: the path of the step whose targets' logs are read as one. */
const search = { target: textUpTo(100), all: textUpTo(500), steps: oneOf(["table", "graph"]) };

/** The run of a workflow: what it asks, its steps by runner, and the log of the one that is looked at. */
export function RunPanel(props: { id: string }): JSX.Element {
  const run = useQuery(() => runQuery(props.id));
  return (
    <Loaded query={run}>
      {(read) => (
        <Show when={read().run}>{(one) => <Run id={props.id} run={one()} isOver={read().isOver} />}</Show>
      )}
    </Loaded>
  );
}

function Run(props: { id: string; run: RunView; isOver: boolean }): JSX.Element {
  const [params, setParams] = useSearch(search);
  const open = () => props.run.prompts.filter(({ status }) => status === "open");
  const show = (target: string | undefined) => setParams({ target, all: undefined }, { replace: true });
  const showAll = (all: string | undefined) => setParams({ all, target: undefined }, { replace: true });
  const byPath = (path: string) => props.run.steps.find((one) => one.path === path);
  return (
    <>
      {/* By id: what is typed into an answer stays while the run goes on. */}
      <For each={open().map(({ id }) => id)}>
        {(id) => (
          <Show when={open().find((one) => one.id === id)}>
            {(prompt) => <PromptCard execution={props.id} prompt={prompt()} />}
          </Show>
        )}
      </For>
      <Panel
        title={t("workflows.steps")}
        flush
        actions={
          <>
            <A
              href={workflowPath(props.run.workflow)}
              class="inline-flex min-h-6 items-center font-medium text-accent underline"
            >
              {props.run.workflow} · {t("workflows.revision", { revision: props.run.revision })}
            </A>
            <Button
              aria-pressed={params().steps === "graph"}
              class="aria-pressed:bg-accent-soft aria-pressed:text-accent"
              onClick={() =>
                setParams({ steps: params().steps === "graph" ? undefined : "graph" }, { replace: true })
              }
            >
              {t("workflows.graph")}
            </Button>
          </>
        }
      >
        <Show
          when={params().steps === "graph"}
          fallback={<Matrix run={props.run} all={params().all} onShow={show} onShowAll={showAll} />}
        >
          <RunGraph run={props.run} />
        </Show>
      </Panel>
      <Show when={params().target} keyed>
        {(target) => (
          <div id="step-log" class="min-w-0 scroll-mt-4">
            <Panel
              title={t("workflows.step_log")}
              actions={
                <>
                  <A
                    href={executionPath(target)}
                    class="inline-flex min-h-6 items-center font-medium text-accent underline"
                  >
                    {t("workflows.whole")}
                  </A>
                  <Button look="quiet" onClick={() => show(undefined)}>
                    {t("shell.close")}
                  </Button>
                </>
              }
            >
              <LogViewer
                id={target}
                isOver={props.isOver}
                label={t("workflows.step_lines")}
                line={undefined}
                onLine={() => undefined}
              />
            </Panel>
          </div>
        )}
      </Show>
      <Show when={params().target === undefined && params().all} keyed>
        {(path) => (
          <Show when={byPath(path)}>
            {(step) => (
              <StepLog
                run={props.id}
                step={step()}
                isOver={props.isOver}
                onClose={() => showAll(undefined)}
              />
            )}
          </Show>
        )}
      </Show>
      <Show when={Object.keys(props.run.outputs).length > 0}>
        <Panel title={t("workflows.outputs")}>
          <CodeText text={JSON.stringify(props.run.outputs, null, 2)} label={t("workflows.values")} />
        </Panel>
      </Show>
    </>
  );
}

function Matrix(props: {
  run: RunView;
  all: string | undefined;
  onShow: (target: string) => void;
  onShowAll: (path: string | undefined) => void;
}): JSX.Element {
  const runners = () => runnersOf(props.run.steps);
  const byPath = (path: string) => props.run.steps.find((one) => one.path === path);
  return (
    <Table
      label={t("workflows.steps")}
      flush
      columns={[{ title: t("workflows.step") }, ...runners().map((title) => ({ title }))]}
    >
      {/* By path: what has the focus stays while the run goes on. */}
      <For each={props.run.steps.map(({ path }) => path)}>
        {(path) => (
          <Show when={byPath(path)}>
            {(step) => (
              <tr>
                <StepCell
                  step={step()}
                  isShown={props.all === path}
                  onShowAll={(isShown) => props.onShowAll(isShown ? path : undefined)}
                />
                <For each={runners()}>
                  {(runner) => <TargetCell step={step()} runner={runner} onShow={props.onShow} />}
                </For>
              </tr>
            )}
          </Show>
        )}
      </For>
    </Table>
  );
}

function StepCell(props: {
  step: StepView;
  isShown: boolean;
  onShowAll: (isShown: boolean) => void;
}): JSX.Element {
  const took = () => stepTookMs(props.step, Date.now());
  return (
    <th
      scope="row"
      id={`step-${props.step.path}`}
      class={`${cellClass({})} min-w-40 scroll-mt-4 font-normal`}
    >
      <span class="flex flex-wrap items-center gap-2">
        <span class="font-medium break-words">{props.step.name}</span>
        <StepStatusBadge status={props.step.status} />
      </span>
      <span class="text-xs text-muted">
        {props.step.path}
        <Show when={took() !== null}> · {lasting(took() ?? 0)}</Show>
        <Show when={props.step.attempt > 1}>
          {" "}
          · {t("workflows.attempt", { attempt: props.step.attempt })}
        </Show>
        <Show when={props.step.reused}> · {t("workflows.reused")}</Show>
      </span>
      <Show when={props.step.targets.filter(({ execution }) => execution !== null).length > 1}>
        <button
          type="button"
          aria-pressed={props.isShown}
          aria-description={props.step.name}
          class="block min-h-6 text-left text-xs font-medium text-accent underline"
          onClick={() => props.onShowAll(!props.isShown)}
        >
          {t("workflows.all_log")}
        </button>
      </Show>
      <Show when={props.step.error}>
        {(error) => <p class="text-xs break-words text-bad">{error().message}</p>}
      </Show>
    </th>
  );
}

function TargetCell(props: {
  step: StepView;
  runner: string;
  onShow: (target: string) => void;
}): JSX.Element {
  const target = () => targetOf(props.step, props.runner);
  return (
    <td class={cellClass({})}>
      <Show when={target()} fallback={<span class="text-muted">–</span>}>
        {(one) => (
          <>
            <Show when={one().execution} fallback={<StepStatusBadge status={one().status} />}>
              {(execution) => (
                <button
                  type="button"
                  aria-description={t("workflows.show_log", {
                    step: props.step.name,
                    runner: props.runner,
                  })}
                  class="inline-flex min-h-6 items-center rounded-full hover:brightness-95"
                  onClick={() => props.onShow(execution())}
                >
                  <StepStatusBadge status={one().status} />
                </button>
              )}
            </Show>
            <Show when={one().durationMs !== null}>
              <p class="text-xs text-muted tabular-nums">{lasting(one().durationMs ?? 0)}</p>
            </Show>
            <Show when={one().reason}>
              {(reason) => <p class="max-w-48 text-xs break-words text-muted">{reason()}</p>}
            </Show>
          </>
        )}
      </Show>
    </td>
  );
}
