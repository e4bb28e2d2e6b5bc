import type { QuotaName } from "@pulse/schema/wire/plans";
import { A } from "@solidjs/router";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { runnersQuery } from "../runners/queries.ts";
import { RunnerStatusBadge } from "../runners/runner-status.tsx";
import { triggerPath } from "../triggers/paths.ts";
import { schedulesQuery } from "../triggers/schedule-queries.ts";
import { QuotaBar } from "../ui/bar.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { number, t } from "../words/words.ts";
import { promptsQuery } from "../workflows/queries.ts";
import { More } from "./execution-lists.tsx";
import { planQuery } from "./queries.ts";

const shownMost = 5;

/** What stands beside what runs: prompts, runners, what comes next, the plan. */
export function SidePanels(): JSX.Element {
  return (
    <div class="grid min-w-0 gap-4">
      <PromptsPanel />
      <RunnersPanel />
      <NextPanel />
      <PlanPanel />
    </div>
  );
}

/** What people are asked. */
function PromptsPanel(): JSX.Element {
  const prompts = useQuery(promptsQuery);
  return (
    <Panel title={t("home.prompts")} actions={<More href="/inbox">{t("home.inbox")}</More>}>
      <Loaded query={prompts}>
        {(items) => (
          <Show when={items().length > 0} fallback={<p class="text-muted">{t("home.prompts_none")}</p>}>
            <ul class="grid gap-2">
              <For each={items().slice(0, shownMost)}>
                {(prompt) => (
                  <li class="min-w-0">
                    <A href="/inbox" class="line-clamp-2 min-h-6 font-medium break-words hover:underline">
                      {prompt.message}
                    </A>
                    <p class="text-xs text-muted">
                      {prompt.workflow} · <Moment at={prompt.openedAt} />
                    </p>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}

/** How many runners are there, and which are not well. */
function RunnersPanel(): JSX.Element {
  const runners = useQuery(runnersQuery);
  return (
    <Panel title={t("home.runners")} actions={<More href="/runners">{t("home.runners_all")}</More>}>
      <Loaded query={runners}>
        {(all) => {
          const online = () => all().filter(({ status }) => status === "online").length;
          const others = () => all().filter(({ status, state }) => status !== "online" || state !== "active");
          return (
            <Show when={all().length > 0} fallback={<p class="text-muted">{t("home.runners_none")}</p>}>
              <p class="font-medium">{t("home.runners_up", { online: online(), all: all().length })}</p>
              <ul class="mt-2 grid gap-2">
                <For each={others().slice(0, shownMost)}>
                  {(runner) => (
                    <li class="flex min-w-0 flex-wrap items-center gap-2">
                      <RunnerStatusBadge runner={runner} />
                      <span class="min-w-0 break-all">{runner.name}</span>
                      <span class="ml-auto text-xs text-muted">
                        <Moment at={runner.lastSeenAt} />
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          );
        }}
      </Loaded>
    </Panel>
  );
}

/** What schedules start next. */
function NextPanel(): JSX.Element {
  const schedules = useQuery(schedulesQuery);
  return (
    <Panel title={t("home.next")} actions={<More href="/triggers?tab=schedules">{t("home.schedules")}</More>}>
      <Loaded query={schedules}>
        {(all) => {
          const next = () =>
            all()
              .flatMap(({ id, name, nextAt }) => (nextAt === null ? [] : [{ id, name, at: nextAt }]))
              .sort((one, other) => (one.at < other.at ? -1 : 1))
              .slice(0, shownMost);
          return (
            <Show when={next().length > 0} fallback={<p class="text-muted">{t("home.next_none")}</p>}>
              <ul class="grid gap-2">
                <For each={next()}>
                  {(one) => (
                    <li class="flex min-w-0 flex-wrap items-center gap-2">
                      <A
                        href={triggerPath("schedules", one.id)}
                        class="inline-flex min-h-6 min-w-0 items-center font-medium break-all hover:underline"
                      >
                        {one.name}
                      </A>
                      <span class="ml-auto text-xs text-muted">
                        <Moment at={one.at} />
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          );
        }}
      </Loaded>
    </Panel>
  );
}

const amount = (quota: QuotaName, value: number) =>
  quota === "bytesOut" || quota === "storageBytes" ? bytesText(value) : number(Math.floor(value));

/** How much of each quota is used. */
function PlanPanel(): JSX.Element {
  const plan = useQuery(planQuery);
  return (
    <Panel title={t("home.plan")}>
      <Loaded query={plan}>
        {(view) => (
          <Show when={view().quotas.length > 0} fallback={<p class="text-muted">{t("home.plan_none")}</p>}>
            <ul class="grid gap-2">
              <For each={view().quotas}>
                {({ quota, used, most }) => (
                  <li class="grid gap-1">
                    <p class="flex flex-wrap gap-x-2">
                      {t(`home.quota_${quota}`)}
                      <span class="ml-auto text-xs text-muted tabular-nums">
                        {t("home.plan_used", { used: amount(quota, used), most: amount(quota, most) })}
                      </span>
                    </p>
                    <QuotaBar used={used} most={most} />
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Loaded>
    </Panel>
  );
}
