import type { PlanView, QuotaName } from "@pulse/schema/wire/plans";
import { useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { QuotaBar } from "../ui/bar.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Loaded } from "../ui/loaded.tsx";
import { exact, Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { number, t } from "../words/words.ts";
import { planQuery } from "./keeping-queries.ts";

/** The project's plan: of each quota how much is used. */
export function PlanPanel(): JSX.Element {
  const plan = useQuery(planQuery);
  return (
    <Panel title={t("settings.plan")}>
      <Loaded query={plan}>
        {(view) => (
          <div class="grid gap-4">
            <p>
              <Show when={view().plan} fallback={t("settings.plan_none")}>
                {(name) => t("settings.plan_is", { plan: t(`settings.plan_${name()}`) })}
              </Show>
            </p>
            <ul class="grid gap-3 sm:grid-cols-2">
              <For each={view().quotas}>{(quota) => <Quota quota={quota} />}</For>
            </ul>
            <Show when={view().notices.length > 0}>
              <section aria-label={t("settings.notices")}>
                <h3 class="font-medium">{t("settings.notices")}</h3>
                <ul class="list-disc pl-5">
                  <For each={view().notices}>
                    {(one) => (
                      <li>
                        {t("settings.notice", {
                          quota: t(`settings.quota_${one.quota}`),
                          percent: one.percent,
                        })}{" "}
                        <Moment at={one.at} />
                      </li>
                    )}
                  </For>
                </ul>
              </section>
            </Show>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function Quota(props: { quota: PlanView["quotas"][number] }): JSX.Element {
  const share = () => (props.quota.most === 0 ? 1 : props.quota.used / props.quota.most);
  return (
    <li>
      <p class="flex flex-wrap justify-between gap-x-3">
        <span class="font-medium">{t(`settings.quota_${props.quota.quota}`)}</span>
        <span class="tabular-nums">
          {t("settings.used_of", {
            used: amount(props.quota.quota, props.quota.used),
            most: amount(props.quota.quota, props.quota.most),
            percent: number(share(), { style: "percent", maximumFractionDigits: 0 }),
          })}
        </span>
      </p>
      <QuotaBar used={props.quota.used} most={props.quota.most} />
      <Show when={props.quota.resetAt}>
        {(at) => <p class="text-xs text-muted">{t("settings.resets", { at: exact(at()) })}</p>}
      </Show>
    </li>
  );
}

function amount(quota: QuotaName, value: number): string {
  if (quota === "bytesOut" || quota === "storageBytes") return bytesText(value);
  return number(value, { maximumFractionDigits: 0 });
}
