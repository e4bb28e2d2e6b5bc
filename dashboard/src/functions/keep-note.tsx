import { useMutation } from "@tanstack/solid-query";
import { type JSX, Match, Show, Switch } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { readDraft } from "./draft-store.ts";
import type { Workbench } from "./workbench.ts";

/** How the draft stands to the server's, in a word, with its drawing. */
export function KeepNote(props: { bench: Workbench }): JSX.Element {
  const state = () => props.bench.kept().state;
  const isBad = () => state() === "offline" || state() === "conflict" || state() === "refused";
  const word = () => {
    if (state() === "saved" && props.bench.keeper.revision === null) return t("draft.same");
    return t(`draft.${state()}`);
  };
  return (
    <span
      role="status"
      class={`inline-flex items-center gap-1.5 text-xs ${isBad() ? "font-medium text-bad" : "text-muted"}`}
    >
      <Icon name={state() === "saved" ? "done" : isBad() ? "lost" : "clock"} class="size-3.5!" />
      {word()}
    </span>
  );
}

/** What a person must know or decide about a draft that could not be saved. */
export function KeepNotice(props: { bench: Workbench }): JSX.Element {
  const kept = () => props.bench.kept();
  const take = useMutation(() => ({
    mutationFn: () => readDraft(props.bench.name),
    onSuccess: ({ body, revision }) => {
      props.bench.keeper.accept(revision);
      props.bench.replace(body);
    },
  }));
  const insist = useMutation(() => ({ mutationFn: () => props.bench.keeper.insist() }));
  return (
    <Switch>
      <Match when={kept().state === "conflict"}>
        <div role="alert" class="grid gap-2 rounded-md border border-warn bg-warn-soft px-3 py-2">
          <p class="font-semibold text-warn">{t("draft.conflict_title")}</p>
          <p>{t("draft.conflict_hint")}</p>
          <div class="flex flex-wrap gap-2">
            <Button disabled={take.isPending} onClick={() => take.mutate()}>
              {t("draft.take_theirs")}
            </Button>
            <Button disabled={insist.isPending} onClick={() => insist.mutate()}>
              {t("draft.keep_mine")}
            </Button>
          </div>
          <Show when={take.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        </div>
      </Match>
      <Match when={kept().state === "refused"}>
        <ProblemNotice error={kept().error} onRetry={() => void props.bench.keeper.flush()} />
      </Match>
      <Match when={kept().state === "offline"}>
        <p role="alert" class="rounded-md border border-warn bg-warn-soft px-3 py-2 text-warn">
          {t("draft.offline_hint")}
        </p>
      </Match>
    </Switch>
  );
}
