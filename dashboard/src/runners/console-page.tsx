import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show, untrack } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { usePartKeys } from "../ui/part-keys.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { textUpTo } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { counted, t } from "../words/words.ts";
import { CommandOutcome } from "./command-outcome.tsx";
import { startCommand } from "./console-queries.ts";
import { createHistory } from "./history.ts";
import { createMatch } from "./match.ts";
import { MatchPreview } from "./match-preview.tsx";
import { resting } from "./resting.ts";

/** From so many machines on a line is not run by a slip of the hand: its frame is red, and its button says how many. */
const many = 5;
const search = { targets: textUpTo(1000), id: textUpTo(100) };
/** What was run here while this tab is open; it may hold what nobody else should read, so it is kept nowhere. */
const history = createHistory();

/** Runs a line on the machines that an expression names, and shows what they said, equal answers together. */
export function ConsolePage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const [targets, setTargets] = createSignal(untrack(() => params().targets ?? ""));
  const [line, setLine] = createSignal("");
  const match = createMatch(resting(() => targets().trim()));
  const count = () => match().ready.length;
  const isMany = () => count() > many;
  const run = useMutation(() => ({
    mutationFn: ({ at, command }: { at: string; command: string }) => startCommand(at, command),
    onSuccess: (id, { at, command }) => {
      history.add(command);
      setLine("");
      setParams({ id, targets: at });
    },
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    run.mutate({ at: targets().trim(), command: line() });
  };
  const recall = (before: () => string | null) => {
    // In a text of several lines the arrows move in it.
    const found = line().includes("\n") ? null : before();
    if (found === null) return false;
    setLine(found);
  };
  const onKey = usePartKeys<HTMLTextAreaElement>("runners.console", [
    { keys: ["Enter"], name: "runners.key_run", run: (_, field) => field.form?.requestSubmit() },
    { keys: ["Enter"], mod: true, name: "runners.key_run", run: (_, field) => field.form?.requestSubmit() },
    { keys: ["ArrowUp"], name: "runners.key_older", run: () => recall(() => history.older(line())) },
    { keys: ["ArrowDown"], name: "runners.key_newer", run: () => recall(() => history.newer()) },
  ]);
  return (
    <Page title={t("runners.console")}>
      <form
        class={`grid gap-3 rounded-lg border bg-surface p-4 ${isMany() ? "border-2 border-bad" : "border-line"}`}
        onSubmit={submit}
      >
        <Field label={t("runners.targets")} hint={t("runners.targets_hint")}>
          {(ids) => (
            <input
              {...ids}
              class={`${inputClass} font-mono text-xs`}
              required
              autocomplete="off"
              autocapitalize="none"
              placeholder="all"
              value={targets()}
              onInput={(event) => setTargets(event.currentTarget.value)}
            />
          )}
        </Field>
        <MatchPreview match={match()} />
        <Field label={t("runners.line")} hint={t("runners.line_hint")}>
          {(ids) => (
            <textarea
              {...ids}
              rows={Math.min(8, Math.max(1, line().split("\n").length))}
              class={`${inputClass} font-mono text-xs`}
              required
              spellcheck={false}
              autocapitalize="none"
              value={line()}
              onInput={(event) => setLine(event.currentTarget.value)}
              onKeyDown={(event) => onKey(event, event.currentTarget)}
            />
          )}
        </Field>
        <Show when={isMany()}>
          <p role="status" class="text-bad">
            {t("runners.many_hint")}
          </p>
        </Show>
        <Show when={run.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <Allowed scope="execute">
          <Button
            type="submit"
            look={isMany() ? "danger" : "primary"}
            class="justify-self-end"
            disabled={run.isPending}
          >
            {count() === 0 ? t("runners.run") : counted("runners.run_on", count())}
          </Button>
        </Allowed>
      </form>
      <Show when={params().id} keyed>
        {(id) => <CommandOutcome id={id} />}
      </Show>
    </Page>
  );
}
