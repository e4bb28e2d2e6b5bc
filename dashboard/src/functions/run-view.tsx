import { isTerminal } from "@pulse/schema/status";
import type { ExecutionError } from "@pulse/schema/wire/job";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { createEffect, type JSX, Match, Show, Switch } from "solid-js";
import { ExecutionStatusBadge } from "../executions/execution-status.tsx";
import { executionQuery } from "../executions/queries.ts";
import { ResultView } from "../executions/result-view.tsx";
import { StackView } from "../executions/stack-view.tsx";
import { placeOf, whyOf } from "../executions/why.ts";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import type { DraftRun } from "./draft-run.ts";
import { LatencySplit } from "./latency-split.tsx";
import { SmallLog } from "./small-log.tsx";
import { WaitNote } from "./wait-note.tsx";

/** What became of the last run of the draft: the build and its log, then the call with its value, times and log. */
export function RunView(props: {
  run: DraftRun;
  files: readonly string[];
  /** Told of every error with a place in the code. */
  onError: (error: ExecutionError | null) => void;
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  const build = () => props.run.build();
  const isStopped = () =>
    props.run.phase() === "stopped" && props.run.problem() === null && build()?.status !== "failed";
  createEffect(() => {
    const failed = build()?.error;
    if (failed) props.onError(failed);
  });
  return (
    <div class="grid min-w-0 gap-3">
      <p role="status" class="text-xs text-muted empty:hidden">
        <Show when={isOnTheWay(props.run.phase())}>
          {t(`test.phase_${props.run.phase()}` as "test.phase_saving")}
        </Show>
      </p>
      <Show when={isStopped()}>
        <p>{t("test.stopped")}</p>
      </Show>
      <Show when={!isStopped() && build()?.status === "building" && build()?.execution} keyed>
        {(id) => <WaitNote id={id} />}
      </Show>
      <Show when={props.run.problem()}>{(problem) => <ProblemNotice error={problem()} />}</Show>
      <Show when={build()?.status === "failed"}>
        <Wrong
          title={t("test.build_failed")}
          error={build()?.error ?? null}
          files={props.files}
          onPlace={(file, line) => props.onPlace(file, line)}
        />
      </Show>
      <Show when={props.run.execution()} keyed>
        {(id) => (
          <Called
            id={id}
            files={props.files}
            onError={(error) => props.onError(error)}
            onPlace={(file, line) => props.onPlace(file, line)}
          />
        )}
      </Show>
      <Show when={build()?.execution} keyed>
        {(id) => (
          <details open={build()?.status !== "ready"}>
            <summary class="min-h-6 font-medium">{t("test.build_log")}</summary>
            <div class="mt-2">
              <SmallLog id={id} isOver={build()?.status !== "building"} label={t("test.build_log")} />
            </div>
          </details>
        )}
      </Show>
    </div>
  );
}

function isOnTheWay(phase: string): boolean {
  return phase === "saving" || phase === "building" || phase === "calling";
}

/** A call as it stands, with its value, times and log. */
export function Called(props: {
  id: string;
  files: readonly string[];
  onError: (error: ExecutionError | null) => void;
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  const execution = useQuery(() => executionQuery(props.id));
  createEffect(() => {
    if (execution.isSuccess && isTerminal(execution.data.status)) props.onError(execution.data.error);
  });
  return (
    <Loaded query={execution}>
      {(view) => (
        <section class="grid min-w-0 gap-3" aria-label={t("test.result")}>
          <div class="flex flex-wrap items-center gap-2" role="status">
            <ExecutionStatusBadge status={view().status} />
            <A
              href={`/executions/${view().id}`}
              class="ml-auto inline-flex items-center gap-1 text-xs text-accent hover:underline"
            >
              {t("test.open")}
              <Icon name="link" class="size-3.5!" />
            </A>
          </div>
          <Show when={whyOf(view())}>{(why) => <p>{t(why().key, why().values)}</p>}</Show>
          <Show when={view().waitingFor}>{(text) => <p class="text-muted">{text()}</p>}</Show>
          <Show when={isTerminal(view().status) && view().error}>
            {(error) => (
              <Wrong
                title={null}
                error={error()}
                files={props.files}
                onPlace={(file, line) => props.onPlace(file, line)}
              />
            )}
          </Show>
          <Show when={view().status === "succeeded"}>
            <ResultView view={view()} />
          </Show>
          <LatencySplit timing={view().timing} />
          <div>
            <h3 class="mb-1 font-medium">{t("execution.logs")}</h3>
            <SmallLog id={view().id} isOver={isTerminal(view().status)} label={t("logs.lines")} />
          </div>
        </section>
      )}
    </Loaded>
  );
}

/** An error with the way to its line. */
export function Wrong(props: {
  title: string | null;
  error: ExecutionError | null;
  /** The files of the code: what of a stack stands in them leads there. */
  files: readonly string[];
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  const place = () => (props.error === null ? null : placeOf({ error: props.error }));
  const jump = () => {
    const { file, line } = props.error ?? {};
    if (file !== undefined) props.onPlace(file, line ?? 1);
  };
  return (
    <div
      role="alert"
      class="grid justify-items-start gap-2 rounded-md border border-bad bg-bad-soft px-3 py-2"
    >
      <Show when={props.title}>{(title) => <p class="font-semibold text-bad">{title()}</p>}</Show>
      <Switch>
        <Match when={props.error}>
          {(error) => (
            <p class="min-w-0 break-words whitespace-pre-wrap">
              <Show when={nameOf(error())}>{(name) => <strong>{name()}: </strong>}</Show>
              {error().message}
            </p>
          )}
        </Match>
      </Switch>
      <Show when={place()}>
        {(where) => (
          <button type="button" class="min-h-6 font-medium text-accent underline" onClick={jump}>
            {t("test.go_to", { place: where() })}
          </button>
        )}
      </Show>
      <Show when={props.error?.stack}>
        {(stack) => (
          <details class="w-full min-w-0">
            <summary class="min-h-6 font-medium">{t("execution.stack")}</summary>
            <div class="mt-2">
              <StackView
                stack={stack()}
                files={props.files}
                onPlace={(file, line) => props.onPlace(file, line)}
              />
            </div>
          </details>
        )}
      </Show>
    </div>
  );
}

/** The kind of an error, where its message does not begin with it. */
function nameOf({ name, message }: ExecutionError): string | undefined {
  return name !== undefined && message.startsWith(name) ? undefined : name;
}
