import { isTerminal } from "@pulse/schema/status";
import type { Language } from "@pulse/schema/wire/manifest";
import { A } from "@solidjs/router";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createEffect, type JSX, onCleanup, onMount, Show } from "solid-js";
import { executionQuery } from "../executions/queries.ts";
import { NoRunner } from "../runners/no-runner.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { functionPath } from "./paths.ts";
import { Called } from "./run-view.tsx";
import { callSample, deploySample, sampleNames, sampleVersionQuery } from "./sample.ts";
import { WaitNote } from "./wait-note.tsx";

/** Deploys the sample of a language, calls it and shows what came of it; while no runner is there it shows the line that adds one. */
export function FirstRun(props: { runtime: Language }): JSX.Element {
  const name = () => sampleNames[props.runtime];
  const stopper = new AbortController();
  onCleanup(() => stopper.abort());
  const deploy = useMutation(() => ({ mutationFn: () => deploySample(props.runtime, stopper.signal) }));
  const call = useMutation(() => ({ mutationFn: () => callSample(props.runtime, stopper.signal) }));
  onMount(() => deploy.mutate());
  const version = useQuery(() => ({
    ...sampleVersionQuery(name(), deploy.data ?? 0),
    enabled: deploy.isSuccess,
  }));
  const built = () => (deploy.isSuccess ? (dataOf(version) ?? null) : null);
  createEffect(() => {
    if (built()?.status === "ready" && call.isIdle) call.mutate();
  });
  const execution = useQuery(() => ({ ...executionQuery(call.data ?? ""), enabled: call.isSuccess }));
  const ended = () => {
    const view = call.isSuccess ? dataOf(execution) : undefined;
    return view !== undefined && isTerminal(view.status) ? view : null;
  };
  const isFailed = () => built()?.status === "failed";
  return (
    <div class="grid min-w-0 gap-4">
      <ol class="grid gap-2">
        <Step done>{t("setup.done_person")}</Step>
        <Step done={built()?.status === "ready"} failed={isFailed() || deploy.isError}>
          {t(built()?.status === "ready" ? "setup.done_deploy" : "setup.deploying", { name: name() })}
        </Step>
        <Step
          done={ended()?.status === "succeeded"}
          failed={call.isError || (ended() !== null && ended()?.status !== "succeeded")}
        >
          {t(ended() === null ? "setup.calling" : "setup.done_call", { name: name() })}
        </Step>
      </ol>
      <Show when={deploy.error}>
        {(error) => <ProblemNotice error={error()} onRetry={() => deploy.mutate()} />}
      </Show>
      <Show when={version.error}>{(error) => <ProblemNotice error={error()} />}</Show>
      <Show when={isFailed()}>
        <div
          role="alert"
          class="grid justify-items-start gap-2 rounded-md border border-bad bg-bad-soft px-3 py-2"
        >
          <p class="min-w-0 break-words whitespace-pre-wrap">{built()?.error}</p>
          <Button onClick={() => deploy.mutate()}>{t("shell.retry")}</Button>
        </div>
      </Show>
      <Show when={built()?.status === "building" && built()?.buildExecution} keyed>
        {(id) => <WaitNote id={id} />}
      </Show>
      <Show when={ended() === null && !isFailed()}>
        <NoRunner />
      </Show>
      <Show when={call.error}>
        {(error) => <ProblemNotice error={error()} onRetry={() => call.mutate()} />}
      </Show>
      <Show when={call.data} keyed>
        {(id) => (
          <>
            <h2 class="font-semibold">{t("test.result")}</h2>
            <Called id={id} files={[]} onError={() => {}} onPlace={() => {}} />
          </>
        )}
      </Show>
      <div class="flex flex-wrap gap-2">
        <A
          href={functionPath(name(), { tab: "code" })}
          class={buttonClass(ended() === null ? "plain" : "primary")}
        >
          {t("setup.open_sample", { name: name() })}
        </A>
        <A href="/" class={buttonClass("plain")}>
          {t("setup.home")}
        </A>
      </div>
    </div>
  );
}

/** One thing of the way; nothing is ticked before it is so. */
function Step(props: { done?: boolean; failed?: boolean; children: JSX.Element }): JSX.Element {
  return (
    <li class="flex items-center gap-2" data-done={props.done === true}>
      <Icon
        name={props.failed ? "cross" : props.done ? "done" : "busy"}
        class={props.failed ? "text-bad" : props.done ? "text-ok" : "animate-spin text-muted"}
      />
      <span role="status">{props.children}</span>
    </li>
  );
}
