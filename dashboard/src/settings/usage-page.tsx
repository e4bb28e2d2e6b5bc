import type { UsageRow, UsageView } from "@pulse/schema/wire/usage";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { For, type JSX, Show } from "solid-js";
import { Bar } from "../ui/bar.tsx";
import { buttonClass } from "../ui/button.tsx";
import { bytesText } from "../ui/bytes.ts";
import { Fact, Facts } from "../ui/facts.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { Moment } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { oneOf } from "../ui/search-fields.ts";
import { useSearch } from "../ui/search-state.ts";
import { cellClass, Table } from "../ui/table.tsx";
import { timeFormat } from "../words/formats.ts";
import { language, number, t } from "../words/words.ts";
import { type UsageBy, usageQuery } from "./keeping-queries.ts";
import { PlanPanel } from "./plan-panel.tsx";
import { SettingsFrame } from "./settings-frame.tsx";

const groups = ["day", "function", "key"] as const;
const spans = ["7d", "30d", "90d"] as const;
const dayMs = 86_400_000;
const search = { by: oneOf(groups), since: oneOf(spans) };

/** The beginning of the day, UTC, so many days ago: the same text all day long. */
function daysAgo(span: (typeof spans)[number]): string {
  const days = Number.parseInt(span, 10);
  return new Date((Math.floor(Date.now() / dayMs) - days + 1) * dayMs).toISOString();
}

/** What the project used, beside what it may. */
export function UsagePage(): JSX.Element {
  const [params, setParams] = useSearch(search);
  const by = (): UsageBy => params().by ?? "day";
  const since = () => {
    const span = params().since;
    return span === undefined ? undefined : daysAgo(span);
  };
  const usage = useQuery(() => ({ ...usageQuery(by(), since()), placeholderData: keepPreviousData }));
  const csv = () => {
    const from = since();
    return `/v1/usage?${new URLSearchParams({ by: by(), format: "csv", ...(from === undefined ? {} : { since: from }) })}`;
  };
  return (
    <SettingsFrame part="usage">
      <PlanPanel />
      <Panel
        title={t("settings.used")}
        flush
        actions={
          <a class={buttonClass()} href={csv()} download="usage.csv" rel="external">
            {t("settings.csv")}
          </a>
        }
      >
        <div class="flex flex-wrap gap-3 p-4">
          <Field label={t("settings.used_by")}>
            {(ids) => (
              <select
                {...ids}
                class={inputClass}
                onChange={(event) => setParams({ by: event.currentTarget.value }, { replace: true })}
              >
                <For each={groups}>
                  {(one) => (
                    <option value={one} selected={one === by()}>
                      {t(`settings.by_${one}`)}
                    </option>
                  )}
                </For>
              </select>
            )}
          </Field>
          <Field label={t("settings.used_since")}>
            {(ids) => (
              <select
                {...ids}
                class={inputClass}
                onChange={(event) =>
                  setParams({ since: event.currentTarget.value || undefined }, { replace: true })
                }
              >
                <option value="">{t("settings.this_month")}</option>
                <For each={spans}>
                  {(one) => (
                    <option value={one} selected={one === params().since}>
                      {t(`settings.span_${one}`)}
                    </option>
                  )}
                </For>
              </select>
            )}
          </Field>
        </div>
        <Loaded query={usage}>
          {(view) => (
            <Show
              when={view().items.length > 0}
              fallback={<p class="p-4 text-muted">{t("settings.used_none")}</p>}
            >
              <Amounts view={view()} />
            </Show>
          )}
        </Loaded>
      </Panel>
      <Loaded query={usage}>{(view) => <StoragePanel storage={view().storage} />}</Loaded>
    </SettingsFrame>
  );
}

function Amounts(props: { view: UsageView }): JSX.Element {
  const most = () => Math.max(1, ...props.view.items.map(({ executions }) => executions));
  return (
    <Table
      flush
      still
      label={t("settings.used")}
      columns={[
        { title: t(`settings.by_${props.view.by}`) },
        { title: t("settings.executions"), right: true },
        { title: t("settings.run_time"), right: true },
        { title: t("settings.gb_seconds"), wide: true, right: true },
        { title: t("settings.bytes_in"), wide: true, right: true },
        { title: t("settings.bytes_out"), wide: true, right: true },
      ]}
    >
      <For each={props.view.items}>
        {(row) => (
          <tr class="hover:bg-sunken">
            <th scope="row" class={`${cellClass({})} w-1/3 min-w-28 font-normal`}>
              <span class="break-all">{groupText(props.view.by, row)}</span>
              <Bar share={row.executions / most()} />
            </th>
            <Cells of={row} />
          </tr>
        )}
      </For>
      <tr class="font-medium">
        <th scope="row" class={cellClass({})}>
          {t("settings.total")}
        </th>
        <Cells of={props.view.total} />
      </tr>
    </Table>
  );
}

function Cells(props: { of: UsageView["total"] }): JSX.Element {
  const right = `${cellClass({ right: true })} tabular-nums`;
  const wide = `${cellClass({ right: true, wide: true })} tabular-nums`;
  return (
    <>
      <td class={right}>{number(props.of.executions)}</td>
      <td class={right}>{seconds(props.of.runSeconds)}</td>
      <td class={wide}>{number(props.of.gbSeconds, { maximumFractionDigits: 1 })}</td>
      <td class={wide}>{bytesText(props.of.bytesIn)}</td>
      <td class={wide}>{bytesText(props.of.bytesOut)}</td>
    </>
  );
}

function seconds(value: number): string {
  return number(value, { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 });
}

function groupText(by: UsageBy, row: UsageRow): string {
  if (by === "day") {
    const options = { dateStyle: "medium", timeZone: "UTC" } as const;
    return timeFormat(language(), options).format(new Date(row.group));
  }
  if (row.group === "") return t("settings.by_gateway");
  return row.group === "anonymous" ? t("settings.by_nobody") : (row.name ?? row.group);
}

function StoragePanel(props: { storage: UsageView["storage"] }): JSX.Element {
  return (
    <Panel title={t("settings.storage")}>
      <Show when={props.storage} fallback={<p class="text-muted">{t("settings.storage_not_measured")}</p>}>
        {(stored) => (
          <Facts>
            <Fact name={t("settings.storage_code")}>{bytesText(stored().bundleBytes)}</Fact>
            <Fact name={t("settings.storage_payloads")}>{bytesText(stored().payloadBytes)}</Fact>
            <Fact name={t("settings.storage_logs")}>{bytesText(stored().logBytes)}</Fact>
            <Fact name={t("settings.storage_measured")}>
              <Moment at={stored().measuredAt} />
            </Fact>
          </Facts>
        )}
      </Show>
    </Panel>
  );
}
