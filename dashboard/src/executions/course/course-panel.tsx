import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, createSignal, type JSX, onCleanup, Show } from "solid-js";
import { dataOf } from "../../ui/loaded.tsx";
import { Moment } from "../../ui/moment.tsx";
import { Panel } from "../../ui/panel.tsx";
import { t } from "../../words/words.ts";
import { runQuery } from "../../workflows/queries.ts";
import { executionPath } from "../execution-row.tsx";
import { attemptsQuery, childrenMost, childrenQuery } from "./course-queries.ts";
import { executionSpans } from "./execution-spans.ts";
import { runSpans } from "./run-spans.ts";
import type { Span } from "./spans.ts";
import { WaterfallView } from "./waterfall-view.tsx";

const tickMs = 1000;

/** Where the time of an execution went: of a workflow's run its steps and their targets, of all others its wait, its attempts and their parts. */
export function CoursePanel(props: { view: ExecutionView }): JSX.Element {
  const [nowMs, setNow] = createSignal(Date.now());
  const isOver = () => isTerminal(props.view.status);
  const ticking = setInterval(() => isOver() || setNow(Date.now()), tickMs);
  onCleanup(() => clearInterval(ticking));
  return (
    <Panel title={t("execution.timeline")} flush>
      <Show
        when={props.view.kind === "workflow"}
        fallback={<ExecutionCourse view={props.view} nowMs={nowMs()} />}
      >
        <RunCourse view={props.view} nowMs={nowMs()} />
      </Show>
      <Facts view={props.view} />
    </Panel>
  );
}

function ExecutionCourse(props: { view: ExecutionView; nowMs: number }): JSX.Element {
  const attempts = useQuery(() => attemptsQuery(props.view));
  const logAt = (line: number | null) =>
    `${executionPath(props.view.id)}${line === null ? "" : `?line=${line}`}#parts`;
  const spans = createMemo(() => executionSpans(props.view, dataOf(attempts) ?? [], logAt));
  return <Course spans={spans()} nowMs={props.nowMs} />;
}

function RunCourse(props: { view: ExecutionView; nowMs: number }): JSX.Element {
  const isOver = () => isTerminal(props.view.status);
  const run = useQuery(() => runQuery(props.view.id));
  const children = useQuery(() => childrenQuery(props.view.id, isOver()));
  const own = () => executionPath(props.view.id);
  const spans = createMemo(() =>
    runSpans({ steps: dataOf(run)?.run?.steps ?? [] }, dataOf(children) ?? [], {
      step: (path) => `${own()}#step-${encodeURIComponent(path)}`,
      log: (id) => `${own()}?target=${encodeURIComponent(id)}#step-log`,
      execution: executionPath,
    }),
  );
  return (
    <>
      <Course spans={spans()} nowMs={props.nowMs} />
      <Show when={(dataOf(children)?.length ?? 0) >= childrenMost}>
        <p class="border-t border-line px-3 py-2 text-muted">
          {t("course.children_most", { count: childrenMost })}
        </p>
      </Show>
    </>
  );
}

function Course(props: { spans: readonly Span[]; nowMs: number }): JSX.Element {
  return (
    <Show when={props.spans.length > 0} fallback={<p class="p-4 text-muted">{t("timeline.none")}</p>}>
      <WaterfallView spans={props.spans} nowMs={props.nowMs} />
    </Show>
  );
}

function Facts(props: { view: ExecutionView }): JSX.Element {
  const start = () => props.view.timing.start;
  return (
    <p class="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-3 py-2 text-muted">
      <span>
        {t("execution.created")} <Moment at={props.view.createdAt} />
      </span>
      <Show when={props.view.runner}>
        {(runner) => <span>{t("timeline.on", { runner: runner() })}</span>}
      </Show>
      <Show when={start()}>{(how) => <span>{t(`execution.start_${how()}`)}</span>}</Show>
      <Show when={props.view.attempt > 1}>
        <span>{t("timeline.attempt", { attempt: props.view.attempt })}</span>
      </Show>
      <Show when={props.view.late}>
        <span class="text-warn">{t("execution.late")}</span>
      </Show>
    </p>
  );
}
