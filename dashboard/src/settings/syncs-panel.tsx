import type { SyncView } from "@pulse/schema/wire/sources";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { exact, lasting, Moment } from "../ui/moment.tsx";
import { OlderNav } from "../ui/older-nav.tsx";
import { Panel } from "../ui/panel.tsx";
import { counted, t } from "../words/words.ts";
import { syncsQuery } from "./source-queries.ts";
import { shortCommit } from "./source-sync.ts";
import { StepStateBadge, SyncStatusBadge, titleOfCode } from "./sync-status.tsx";

/** The syncs of a source, newest first, each with what it did. */
export function SyncsPanel(props: {
  name: string;
  before: string | undefined;
  onBefore: (cursor: string | undefined) => void;
}): JSX.Element {
  const syncs = useQuery(() => syncsQuery(props.name, props.before));
  const byId = (id: string) => dataOf(syncs)?.items.find((one) => one.id === id);
  return (
    <Panel title={t("sources.syncs")} flush>
      <Loaded query={syncs}>
        {(page) => (
          <Show
            when={page().items.length > 0}
            fallback={<p class="p-4 text-muted">{t("sources.syncs_none")}</p>}
          >
            <ul class="divide-y divide-line">
              {/* By their ids: one that is open stays open when the list is read again. */}
              <For each={page().items.map(({ id }) => id)}>
                {(id) => <Show when={byId(id)}>{(sync) => <Sync sync={sync()} />}</Show>}
              </For>
            </ul>
            <OlderNav
              label={t("sources.syncs")}
              cursor={props.before}
              next={page().nextCursor}
              onGo={props.onBefore}
            />
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}

function Sync(props: { sync: SyncView }): JSX.Element {
  const took = () => {
    const { startedAt, endedAt } = props.sync;
    return startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
  };
  const isAgain = () => props.sync.status === "waiting" && props.sync.problem !== null;
  return (
    <li>
      <details class="px-4 py-2">
        <summary class="min-h-7">
          <span class="inline-flex max-w-[calc(100%-1.5rem)] flex-wrap items-center gap-x-3 gap-y-1 align-middle">
            <SyncStatusBadge status={props.sync.status} />
            <Moment at={props.sync.createdAt} />
            <Show when={shortCommit(props.sync.commit)}>
              {(commit) => <code class="text-xs">{commit()}</code>}
            </Show>
            <span class="text-muted break-all">
              {props.sync.startedBy === "push" ? t("sources.by_push") : props.sync.startedBy}
            </span>
            <Show when={isAgain()}>
              <span class="text-warn">{t("sources.sync_again")}</span>
            </Show>
          </span>
        </summary>
        <div class="grid gap-3 py-2">
          <Show when={props.sync.problem}>
            {(problem) => (
              <div class="grid gap-1 rounded-md border border-bad bg-bad-soft px-3 py-2">
                <p class="font-semibold text-bad">{titleOfCode(problem().code)}</p>
                <p class="break-words whitespace-pre-wrap">{problem().detail}</p>
              </div>
            )}
          </Show>
          <Show when={props.sync.steps} fallback={<p class="text-muted">{t("sources.steps_unknown")}</p>}>
            {(steps) => <Steps steps={steps()} />}
          </Show>
          <p class="text-xs text-muted">
            {t("sources.asked_at", { at: exact(props.sync.createdAt) })}
            <Show when={took()}>{(ms) => <> · {t("sources.took", { time: lasting(ms()) })}</>}</Show>
            <Show when={props.sync.tries > 1}> · {counted("sources.tries", props.sync.tries)}</Show>
            {" · "}
            <code class="break-all">{props.sync.id}</code>
          </p>
        </div>
      </details>
    </li>
  );
}

function Steps(props: { steps: NonNullable<SyncView["steps"]> }): JSX.Element {
  return (
    <Show when={props.steps.length > 0} fallback={<p>{t("sources.steps_none")}</p>}>
      <ul class="grid gap-1.5">
        <For each={props.steps}>
          {(step) => (
            <li class="grid gap-0.5">
              <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                <StepStateBadge state={step.state} />
                <span>
                  <span class="font-medium">{t(`sources.act_${step.act}`)}</span>{" "}
                  {t(`sources.kind_${step.kind}`)} <code class="break-all">{step.name}</code>
                </span>
              </p>
              <Show when={step.paths.length > 0}>
                <p class="font-mono text-xs break-all text-muted">{step.paths.join(", ")}</p>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
