import { type HealthStatus, healthText } from "@pulse/schema/health-words";
import { getHealth, type HealthView } from "@pulse/schema/wire/operations";
import { listRunners } from "@pulse/schema/wire/runners";
import { queryOptions, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { Button } from "../ui/button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { StatusBadge } from "../ui/status-badge.tsx";
import { language, t } from "../words/words.ts";
import { BackupPanel } from "./backup-panel.tsx";
import { SettingsFrame } from "./settings-frame.tsx";

const everyMs = 10_000;

const healthQuery = () =>
  queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }) => api.call(getHealth, { signal }),
    refetchInterval: everyMs,
  });
const fleetQuery = () =>
  queryOptions({
    queryKey: ["runners", "versions"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listRunners, { query, signal })),
  });

const badges = {
  ok: { tone: "ok", icon: "done", word: "settings.health_ok" },
  warning: { tone: "warn", icon: "lost", word: "settings.health_warning" },
  failed: { tone: "bad", icon: "cross", word: "settings.health_failed" },
} as const satisfies Readonly<Record<HealthStatus, object>>;

/** How the gateway and the runners are, in the words of `pulse doctor`; versions, and how a backup is made. */
export function HealthPage(): JSX.Element {
  const health = useQuery(healthQuery);
  return (
    <SettingsFrame
      part="health"
      actions={
        <Button disabled={health.isFetching} onClick={() => void health.refetch()}>
          {t("settings.health_again")}
        </Button>
      }
    >
      <Loaded query={health}>
        {(view) => (
          <>
            <Checks view={view()} />
            <Show when={view().checks.some(({ name }) => name === "backup")}>
              <BackupPanel />
            </Show>
            <VersionsPanel version={view().version} protocol={view().protocol} />
          </>
        )}
      </Loaded>
    </SettingsFrame>
  );
}

function Checks(props: { view: HealthView }): JSX.Element {
  return (
    <Panel title={t("settings.part_health")} actions={<Moment at={props.view.at} />}>
      <ul class="grid gap-3">
        <For each={props.view.checks}>
          {(check) => {
            const told = () => healthText(check, language());
            return (
              <li class="grid gap-x-3 gap-y-1 sm:grid-cols-[10rem_minmax(0,1fr)]">
                <p class="flex items-center gap-2">
                  <StatusBadge {...badges[check.status]} />
                </p>
                <div class="min-w-0">
                  <p class="break-words">
                    <span class="font-medium">{t(`settings.check_${check.name}`)}</span>: {told().detail}
                  </p>
                  <Show when={told().advice}>{(advice) => <p class="text-muted">→ {advice()}</p>}</Show>
                </div>
              </li>
            );
          }}
        </For>
      </ul>
    </Panel>
  );
}

function VersionsPanel(props: { version: string; protocol: number }): JSX.Element {
  const fleet = useQuery(fleetQuery);
  return (
    <Panel title={t("settings.versions")}>
      <Loaded query={fleet}>
        {(runners) => (
          <Facts>
            <Fact name={t("settings.version")}>{props.version}</Fact>
            <Fact name={t("settings.protocol")}>{props.protocol}</Fact>
            <For each={runners()}>
              {(runner) => (
                <Fact name={t("settings.runner_named", { name: runner.name })}>
                  {runner.version ?? t("settings.version_unknown")}
                </Fact>
              )}
            </For>
          </Facts>
        )}
      </Loaded>
    </Panel>
  );
}
