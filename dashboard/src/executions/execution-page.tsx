import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { A, useNavigate, useParams } from "@solidjs/router";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createEffect, createSignal, type JSX, on, Show } from "solid-js";
import { functionPath } from "../functions/paths.ts";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { Page } from "../ui/page.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { useShortcuts } from "../ui/shortcuts.ts";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { comparePath, executionPath } from "./execution-row.tsx";
import { ExecutionStatusBadge } from "./execution-status.tsx";
import { cancel, executionQuery, lastSuccessQuery } from "./queries.ts";
import { placeOf } from "./why.ts";
import { WhyPanel } from "./why-panel.tsx";

// The page stands before these are there.
const ExecutionParts = lazily(async () => (await import("./execution-parts.tsx")).ExecutionParts);
const RunPanel = lazily(async () => (await import("../workflows/run-panel.tsx")).RunPanel);
const CoursePanel = lazily(
  async () => (await import("./course/course-panel.tsx")).CoursePanel,
  ["course"],
  // About as high as it will be: what stands below hardly moves when it comes.
  () => <div class="h-72" />,
);
const ReplayDialog = lazily(
  async () => (await import("./replay-dialog.tsx")).ReplayDialog,
  [],
  () => null,
);

/** One execution: how it went, why, and what it said. */
export function ExecutionPage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const query = useQuery(() => executionQuery(params.id));
  // They show what is being read.
  CoursePanel.preload();
  ExecutionParts.preload();
  const name = () => dataOf(query)?.name ?? params.id;
  // What had the focus was of the execution before, when one leads to another.
  createEffect(
    on(
      () => params.id,
      () => document.querySelector("h1")?.focus(),
      { defer: true },
    ),
  );
  return (
    <Page
      title={t("execution.title", { name: name() })}
      heading={
        <span class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="min-w-0 break-all">{name()}</span>
          <Show when={dataOf(query)}>{(view) => <ExecutionStatusBadge status={view().status} />}</Show>
        </span>
      }
      actions={<Show when={dataOf(query)}>{(view) => <Actions view={view()} />}</Show>}
    >
      <Loaded query={query}>{(view) => <Found view={view()} />}</Loaded>
    </Page>
  );
}

function Found(props: { view: ExecutionView }): JSX.Element {
  return (
    <>
      <p class="-mt-3 text-muted">
        <code class="break-all">{props.view.id}</code>
      </p>
      <WhyPanel view={props.view} />
      <Show when={props.view.kind === "workflow"}>
        <RunPanel id={props.view.id} />
      </Show>
      <CoursePanel view={props.view} />
      <div id="parts" class="min-w-0 scroll-mt-4">
        <ExecutionParts view={props.view} />
      </div>
    </>
  );
}

function Actions(props: { view: ExecutionView }): JSX.Element {
  const navigate = useNavigate();
  const [isReplaying, setReplaying] = createSignal(false);
  const [wasAsked, setWasAsked] = createSignal(false);
  const stop = useMutation(() => ({
    mutationFn: () => cancel(props.view.id),
    onSuccess: () => say(t("execution.cancelled")),
  }));
  return (
    <>
      <Show when={stop.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <Show when={props.view.kind === "function" && props.view.trigger.type !== "draft"}>
        <A
          class="inline-flex min-h-8 items-center px-2 font-medium text-accent underline"
          href={codePath(props.view)}
        >
          {t(placeOf(props.view) === null ? "execution.open_function" : "execution.edit")}
        </A>
      </Show>
      <Show when={!isTerminal(props.view.status)}>
        <Allowed scope="execute">
          <Button look="danger" disabled={stop.isPending} onClick={() => stop.mutate()}>
            <Icon name="stop" />
            {t("execution.cancel")}
          </Button>
        </Allowed>
      </Show>
      <CompareLink view={props.view} />
      <Show when={isReplayed(props.view)}>
        <Allowed scope="execute">
          <ReplayButton
            onAsk={() => {
              setWasAsked(true);
              setReplaying(true);
            }}
          />
        </Allowed>
      </Show>
      <Show when={isReplayed(props.view)}>
        <Show when={wasAsked()}>
          <ReplayDialog
            view={props.view}
            open={isReplaying()}
            onClose={() => setReplaying(false)}
            onReplayed={(id) => {
              setReplaying(false);
              say(t("execution.replayed"));
              navigate(executionPath(id));
            }}
          />
        </Show>
      </Show>
    </>
  );
}

function ReplayButton(props: { onAsk: () => void }): JSX.Element {
  useShortcuts([{ press: { keys: ["r"] }, name: "execution.replay", run: () => props.onAsk() }]);
  return (
    <Button onClick={() => props.onAsk()}>
      <Icon name="replay" />
      {t("execution.replay")}
    </Button>
  );
}

/** Whether an execution can be run again: drafts are no version, and commands and builds belong to what started them. */
function isReplayed({ kind, trigger }: ExecutionView): boolean {
  return (
    (kind === "function" && trigger.type !== "draft") || (kind === "workflow" && trigger.type !== "command")
  );
}

/** The way to the comparison with what it replays; of one that failed, with the last that succeeded. */
function CompareLink(props: { view: ExecutionView }): JSX.Element {
  const original = () => {
    const { type, of } = props.view.trigger;
    return type === "replay" && typeof of === "string" ? of : null;
  };
  const isFailed = () => isTerminal(props.view.status) && props.view.status !== "succeeded";
  const success = useQuery(() => ({
    ...lastSuccessQuery(props.view),
    enabled: original() === null && isFailed(),
  }));
  const other = () => original() ?? (isFailed() ? dataOf(success) : null) ?? null;
  return (
    <Show when={other()}>
      {(id) => (
        <A
          class="inline-flex min-h-8 items-center px-2 font-medium text-accent underline"
          href={comparePath(id(), props.view.id)}
        >
          {t(original() === null ? "compare.success" : "compare.original")}
        </A>
      )}
    </Show>
  );
}

/** The address of the function's code, at the line that failed where that is known. */
function codePath({ name, error }: ExecutionView): string {
  const { file, line } = error ?? {};
  return functionPath(name, { ...(file && { file }), ...(line && { line }) });
}
