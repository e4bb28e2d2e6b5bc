import { timeOfFilter } from "@pulse/schema/filter/fits-filter";
import { readFilter } from "@pulse/schema/filter/read-filter";
import type { BulkAction } from "@pulse/schema/wire/bulk";
import { createSignal, For, type JSX, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { counted, number, t } from "../words/words.ts";
import { filtersOf, nothing, pinned, readListsAgain, type Sum, walk } from "./many.ts";

type Phase = "counting" | "asking" | "acting" | "done" | "stopped";

/** Counts first what would be done, asks, then does it with its progress, and says what became of it. Closing it stops the work after the step that is under way. */
export function ManyDialog(props: {
  action: BulkAction;
  /** What is meant: a filter, or these. */
  of: string | readonly string[];
  onClose: () => void;
}): JSX.Element {
  const [phase, setPhase] = createSignal<Phase>("counting");
  const [planned, setPlanned] = createSignal<Sum>(nothing);
  const [acted, setActed] = createSignal<Sum>(nothing);
  const [error, setError] = createSignal<unknown>(null);
  /** Whether all was counted: nothing is done before somebody saw how much it is. */
  const [isCounted, setCounted] = createSignal(false);
  const ending = new AbortController();
  onCleanup(() => {
    ending.abort();
    readListsAgain();
  });
  const key = crypto.randomUUID();
  const filters =
    typeof props.of === "string" ? [pinned(props.of, Date.now(), momentOf)] : filtersOf(props.of);
  const go = async (dryRun: boolean) => {
    setError(null);
    setPhase(dryRun ? "counting" : "acting");
    try {
      await walk(
        { action: props.action, filters, dryRun, key },
        dryRun ? setPlanned : setActed,
        ending.signal,
      );
      if (dryRun) setCounted(true);
      setPhase(dryRun ? "asking" : "done");
    } catch (problem) {
      if (ending.signal.aborted) return;
      setPhase("stopped");
      setError(problem);
    }
  };
  onMount(() => void go(true));
  const isReplay = () => props.action === "replay";
  return (
    <Dialog open onClose={props.onClose} title={t(isReplay() ? "many.replay_title" : "many.cancel_title")}>
      <Show when={typeof props.of === "string" && props.of}>
        {(filter) => (
          <p class="text-muted">
            {t("many.filter")} <code class="break-all">{filter()}</code>
          </p>
        )}
      </Show>
      <div role="status" class="grid gap-3">
        <Switch>
          <Match when={phase() === "counting"}>
            <p>{t("many.counting", { count: planned().matched })}</p>
          </Match>
          <Match when={phase() === "asking"}>
            <p class="font-medium">
              {counted(isReplay() ? "many.would_replay" : "many.would_cancel", planned().done)}
            </p>
            <Skipped sum={planned()} />
          </Match>
          <Match when={phase() === "acting"}>
            <p>{t("many.progress", { done: acted().done, all: Math.max(planned().done, acted().done) })}</p>
            <progress
              class="w-full"
              aria-label={t("many.progress_label")}
              max={Math.max(1, planned().matched)}
              value={acted().matched}
            />
          </Match>
          <Match when={phase() === "done"}>
            <p class="font-medium">
              {counted(isReplay() ? "many.replayed" : "many.cancelled", acted().done)}
            </p>
            <Skipped sum={acted()} />
          </Match>
        </Switch>
      </div>
      <Show when={error()}>{(problem) => <ProblemNotice error={problem() as Error} />}</Show>
      <div class="flex flex-wrap justify-end gap-2">
        <Button onClick={() => props.onClose()}>
          {t(phase() === "acting" ? "many.stop" : phase() === "done" ? "shell.close" : "many.leave")}
        </Button>
        <Show when={phase() === "asking" || phase() === "stopped"}>
          <Button
            look={isReplay() ? "primary" : "danger"}
            disabled={phase() === "asking" && planned().done === 0}
            // Repeated with its key, nothing is run again twice.
            onClick={() => void go(!isCounted())}
          >
            {t(phase() === "stopped" ? "shell.retry" : isReplay() ? "many.replay" : "many.cancel")}
          </Button>
        </Show>
      </div>
    </Dialog>
  );
}

function Skipped(props: { sum: Sum }): JSX.Element {
  return (
    <Show when={props.sum.skipped.length > 0}>
      <ul class="grid gap-1 text-muted">
        <For each={props.sum.skipped}>
          {(one) => (
            <li>
              {t("many.skipped", { count: number(one.count) })} {one.detail}
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** A time of a filter as a moment. */
function momentOf(text: string, nowMs: number): string {
  const [condition] = readFilter(`since:${text}`).conditions;
  return condition !== undefined && "time" in condition
    ? new Date(timeOfFilter(condition.time, nowMs)).toISOString()
    : text;
}
