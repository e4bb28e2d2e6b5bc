import { withField } from "@pulse/schema/filter/edit-filter";
import type { ExecutionTimings } from "@pulse/schema/wire/execution-timings";
import { useNavigate } from "@solidjs/router";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX } from "solid-js";
import type { Steps } from "../charts/axis.ts";
import { BarChart } from "../charts/bar-chart.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import type { Marker } from "../charts/marker-names.ts";
import { executionsPath } from "../executions/filter.ts";
import { countsQuery, timingsQuery } from "../executions/queries.ts";
import { statusLayers, stepsOf } from "../executions/status-layers.ts";
import { inputClass } from "../ui/field.tsx";
import { dataOf, Loaded } from "../ui/loaded.tsx";
import { lasting } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { t } from "../words/words.ts";
import { versionsQuery } from "./queries.ts";

const windows = ["1h", "24h", "7d"] as const;

/** How the calls of a function go: by state, how long they run and wait, how many begin cold; with its deploys. A time chosen in a chart leads to its executions. */
export function MetricsTab(props: { name: string }): JSX.Element {
  const navigate = useNavigate();
  const [window, setWindow] = createSignal<(typeof windows)[number]>("24h");
  const filter = () => withField(withField("", "fn", [props.name]), "since", [window()]);
  const counts = useQuery(() => ({ ...countsQuery(filter()), placeholderData: keepPreviousData }));
  const timings = useQuery(() => ({ ...timingsQuery(filter()), placeholderData: keepPreviousData }));
  const versions = useQuery(() => versionsQuery(props.name));
  const markers = ({ fromMs, toMs }: Steps): Marker[] =>
    (dataOf(versions)?.items ?? [])
      .map(({ version, createdAt }) => ({ atMs: Date.parse(createdAt), name: `v${version}` }))
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const show = (fromMs: number, toMs: number) => {
    const since = withField(filter(), "since", [new Date(fromMs).toISOString()]);
    navigate(executionsPath(withField(since, "until", [new Date(toMs).toISOString()])));
  };
  const line = (data: ExecutionTimings, field: "run" | "queue") =>
    (["p50", "p95", "p99"] as const).map((part, at) => ({
      name: part,
      tone: ["text-ok", "text-warn", "text-bad"][at] ?? "text-ink",
      dash: ["", "6 3", "2 3"][at] ?? "",
      counts: data.items.map((one) => one[field]?.[part] ?? null),
    }));
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-4">
      <label class="flex items-center gap-2 justify-self-end text-muted">
        {t("executions.since")}
        <select
          class={`${inputClass} w-auto!`}
          onChange={(event) => setWindow(windows.find((one) => one === event.currentTarget.value) ?? "24h")}
        >
          <For each={windows}>
            {(one) => (
              <option value={one} selected={one === window()}>
                {t(`executions.since_${one}`)}
              </option>
            )}
          </For>
        </select>
      </label>
      <Panel title={t("metrics.calls")}>
        <Loaded query={counts}>
          {(data) => (
            <BarChart
              label={t("metrics.calls")}
              steps={stepsOf(data())}
              layers={statusLayers(data())}
              markers={markers(stepsOf(data()))}
              notBeforeMs={data().countedFrom === null ? null : Date.parse(data().countedFrom ?? "")}
              onChoose={show}
            />
          )}
        </Loaded>
      </Panel>
      <Loaded query={timings}>
        {(data) => (
          <>
            <Panel title={t("metrics.run")}>
              <LineChart
                label={t("metrics.run")}
                steps={stepsOf(data())}
                lines={line(data(), "run")}
                markers={markers(stepsOf(data()))}
                unit={lasting}
                notBeforeMs={data().measuredFrom === null ? null : Date.parse(data().measuredFrom ?? "")}
                onChoose={show}
              />
            </Panel>
            <Panel title={t("metrics.starts")}>
              <BarChart
                label={t("metrics.starts")}
                steps={stepsOf(data())}
                layers={[
                  {
                    name: t("metrics.cold"),
                    tone: "text-warn",
                    look: "hatched",
                    counts: data().items.map(({ cold }) => cold),
                  },
                  {
                    name: t("metrics.warm"),
                    tone: "text-ok",
                    counts: data().items.map(({ cold, started }) => started - cold),
                  },
                ]}
                markers={markers(stepsOf(data()))}
                notBeforeMs={data().measuredFrom === null ? null : Date.parse(data().measuredFrom ?? "")}
                onChoose={show}
              />
            </Panel>
            <Panel title={t("metrics.queue")}>
              <LineChart
                label={t("metrics.queue")}
                steps={stepsOf(data())}
                lines={line(data(), "queue")}
                markers={markers(stepsOf(data()))}
                unit={lasting}
                notBeforeMs={data().measuredFrom === null ? null : Date.parse(data().measuredFrom ?? "")}
                onChoose={show}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </div>
  );
}
