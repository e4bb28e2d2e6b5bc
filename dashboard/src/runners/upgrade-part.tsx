import type { RunnerUpgrade } from "@pulse/schema/wire/runner-upgrades";
import type { RunnerView } from "@pulse/schema/wire/runners";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { useMay } from "../session/allowed.tsx";
import { versionQuery } from "../session/queries.ts";
import { ActButton } from "../ui/act-button.tsx";
import { Button } from "../ui/button.tsx";
import { lazily } from "../ui/lazily.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { counted, number, t } from "../words/words.ts";
import { isInstalled, isShown, otherVersions } from "./upgrade-of.ts";
import { stopUpgrade, upgradeQuery } from "./upgrade-queries.ts";
import { UpgradeStateBadge } from "./upgrade-status.tsx";
import { UpgradeWaves } from "./upgrade-waves.tsx";

const UpgradeDialog = lazily(
  async () => (await import("./upgrade-dialog.tsx")).UpgradeDialog,
  ["upgrades"],
  () => null,
);

/** Which runners are not of the gateway's version, the way to upgrade them, and how an upgrade stands; nothing where all are and none is. */
export function UpgradePart(props: { runners: readonly RunnerView[] }): JSX.Element {
  const gateway = useQuery(versionQuery);
  const [isAsking, setAsking] = createSignal(false);
  const version = () => dataOf(gateway)?.version;
  const others = () => otherVersions(version(), props.runners).length;
  // Where no runner could ever have been upgraded from here, there is nothing to ask for.
  const isOf = () => others() > 0 || props.runners.some(isInstalled);
  const upgrade = useQuery(() => ({ ...upgradeQuery(), enabled: isOf() }));
  const shown = () => {
    const one = dataOf(upgrade);
    return one && isShown(one, others(), Date.now()) ? one : null;
  };
  const isAdmin = useMay("admin");
  const isRunning = () => dataOf(upgrade)?.state === "running";
  return (
    <>
      <Show when={others() > 0}>
        <div class="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-warn bg-warn-soft px-3 py-2">
          <p class="min-w-0 break-words">
            {counted("upgrades.others", others())} {t("upgrades.gateway", { version: version() ?? "" })}
          </p>
          <Show when={isAdmin() && !isRunning()}>
            <Button class="ml-auto" onClick={() => setAsking(true)}>
              {t("upgrades.ask")}
            </Button>
          </Show>
        </div>
      </Show>
      <Show when={upgrade.isLoadingError && upgrade.error}>
        {(error) => <ProblemNotice error={error()} onRetry={() => void upgrade.refetch()} />}
      </Show>
      <Show when={shown()}>{(one) => <Progress upgrade={one()} mayStop={isAdmin()} />}</Show>
      <Show when={isAsking()}>
        <UpgradeDialog onClose={() => setAsking(false)} />
      </Show>
    </>
  );
}

function Progress(props: { upgrade: RunnerUpgrade; mayStop: boolean }): JSX.Element {
  return (
    <Panel
      title={t("upgrades.to", { version: props.upgrade.version })}
      actions={
        <Show when={props.mayStop && props.upgrade.state === "running"}>
          <ActButton look="danger" name={t("upgrades.stop")} act={stopUpgrade} />
        </Show>
      }
    >
      <div class="grid gap-3">
        <p role="status" class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <UpgradeStateBadge state={props.upgrade.state} />
          <span>
            {t("upgrades.wave", {
              wave: number(props.upgrade.wave),
              waves: number(props.upgrade.waves),
            })}
          </span>
          <span class="text-muted">
            <Moment at={props.upgrade.endedAt ?? props.upgrade.startedAt} />
          </span>
        </p>
        <Show when={props.upgrade.why}>{(why) => <p class="break-words text-bad">{why()}</p>}</Show>
        <Show when={props.upgrade.state === "running" && props.mayStop}>
          <p class="text-xs text-muted">{t("upgrades.stop_hint")}</p>
        </Show>
        <UpgradeWaves upgrade={props.upgrade} />
      </div>
    </Panel>
  );
}
