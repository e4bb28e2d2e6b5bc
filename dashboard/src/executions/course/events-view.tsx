import type { ExecutionView } from "@pulse/schema/wire/executions";
import { useQuery } from "@tanstack/solid-query";
import { createMemo, For, type JSX, Show } from "solid-js";
import { meQuery } from "../../session/queries.ts";
import { dataOf } from "../../ui/loaded.tsx";
import { clock, exact } from "../../ui/moment.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ProblemNotice } from "../../ui/problem-notice.tsx";
import { t } from "../../words/words.ts";
import { runQuery } from "../../workflows/queries.ts";
import { actsQuery, attemptsQuery, callbacksQuery } from "./course-queries.ts";
import { eventsOf } from "./events.ts";
import { isRetried } from "./execution-spans.ts";
import { labelText } from "./label-text.ts";

/** What happened to an execution, oldest first. */
export function EventsView(props: { view: ExecutionView }): JSX.Element {
  const me = useQuery(meQuery);
  const isAdmin = () => dataOf(me)?.scopes.includes("admin") === true;
  const run = useQuery(() => ({ ...runQuery(props.view.id), enabled: props.view.kind === "workflow" }));
  const attempts = useQuery(() => attemptsQuery(props.view));
  const callbacks = useQuery(() => callbacksQuery(props.view));
  const acts = useQuery(() => ({ ...actsQuery(props.view), enabled: isAdmin() }));
  const events = createMemo(() =>
    eventsOf({
      view: props.view,
      prompts: dataOf(run)?.run?.prompts ?? [],
      attempts: dataOf(attempts) ?? [],
      callbacks: dataOf(callbacks) ?? [],
      audit: dataOf(acts) ?? [],
    }),
  );
  const byId = createMemo(() => new Map(events().map((one) => [one.id, one])));
  return (
    <Panel title={t("execution.events")} flush>
      <For each={[callbacks.error, acts.error, attempts.error]}>
        {(error) => <Show when={error}>{(found) => <ProblemNotice error={found()} />}</Show>}
      </For>
      <ol class="divide-y divide-line">
        <For each={events().map(({ id }) => id)}>
          {(id) => (
            <Show when={byId().get(id)}>
              {(one) => (
                <li class="grid gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[7rem_minmax(0,1fr)]">
                  <time
                    class="text-muted tabular-nums"
                    datetime={timeOf(one().atMs)}
                    title={exact(timeOf(one().atMs))}
                  >
                    {clock(timeOf(one().atMs))}
                  </time>
                  <div class="min-w-0">
                    <p class="break-words">{labelText(one().label)}</p>
                    <Show when={one().detail}>
                      {(detail) => <p class="line-clamp-3 text-xs break-words text-muted">{detail()}</p>}
                    </Show>
                  </div>
                </li>
              )}
            </Show>
          )}
        </For>
      </ol>
      <Show when={isRetried(props.view) || !isAdmin()}>
        <div class="grid gap-1 border-t border-line px-4 py-2 text-muted">
          <Show when={isRetried(props.view)}>
            <p>{t("course.retried", { retries: props.view.retriesUsed, losses: props.view.losses })}</p>
          </Show>
          <Show when={!isAdmin()}>
            <p>{t("course.no_audit")}</p>
          </Show>
        </div>
      </Show>
    </Panel>
  );
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
