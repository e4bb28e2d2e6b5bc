import { valuesOf, withField } from "@pulse/schema/filter/edit-filter";
import { fitsFilter } from "@pulse/schema/filter/fits-filter";
import { readFilter } from "@pulse/schema/filter/read-filter";
import { keepPreviousData, useQuery } from "@tanstack/solid-query";
import { createMemo, type JSX, Show } from "solid-js";
import { BarChart } from "../charts/bar-chart.tsx";
import { Button } from "../ui/button.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { exact } from "../ui/moment.tsx";
import { t } from "../words/words.ts";
import { countsQuery, plannedQuery } from "./queries.ts";
import { statusLayers, stepsOf } from "./status-layers.ts";

/** How much of the chart is the time to come, where something is planned in it. */
const aheadPart = 6;

/** Executions over time, by state; choosing a time makes it part of the filter. What is planned stands hollow after the present. */
export function ExecutionsChart(props: { filter: string; onChange: (filter: string) => void }): JSX.Element {
  const counts = useQuery(() => ({ ...countsQuery(props.filter), placeholderData: keepPreviousData }));
  /** How many steps of the time to come are drawn, and where they end. */
  const ahead = createMemo(() => {
    if (counts.data === undefined) return null;
    const { fromMs, toMs, stepMs } = stepsOf(counts.data);
    const steps = Math.ceil((toMs - fromMs) / stepMs / aheadPart);
    return { steps, untilMs: toMs + steps * stepMs };
  });
  const planned = useQuery(() => ({
    ...plannedQuery(ahead()?.untilMs ?? 0),
    enabled: ahead() !== null,
    placeholderData: keepPreviousData,
  }));
  const isZoomed = () => valuesOf(props.filter, "since").length + valuesOf(props.filter, "until").length > 0;
  const conditions = createMemo(() => readFilter(props.filter).conditions);
  const choose = (fromMs: number, toMs: number) => {
    const text = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");
    props.onChange(withField(withField(props.filter, "since", [text(fromMs)]), "until", [text(toMs)]));
  };
  return (
    <Loaded query={counts}>
      {(data) => {
        const steps = () => stepsOf(data());
        const due = createMemo(() => {
          const { toMs, stepMs } = steps();
          // A filter that ends in the past has nothing to come.
          if (conditions().some(({ on }) => on === "until") || planned.data === undefined) return [];
          const count = ahead()?.steps ?? 0;
          const sums = new Array<number>(count).fill(0);
          const timeless = conditions().filter(({ on }) => on !== "since");
          for (const one of planned.data) {
            const step = Math.floor((one.atMs - toMs) / stepMs);
            // What is due within the present step is drawn in the next one.
            const place = Math.max(0, step);
            if (place < count && fitsFilter(timeless, one.view, Date.now()) === true)
              sums[place] = (sums[place] ?? 0) + 1;
          }
          return sums.some((sum) => sum > 0) ? sums : [];
        });
        const layers = () => {
          const past = statusLayers(data());
          const before = new Array<number>(Math.round((steps().toMs - steps().fromMs) / steps().stepMs)).fill(
            0,
          );
          if (due().length === 0) return past;
          return [
            ...past,
            {
              name: t("executions.planned"),
              tone: "text-accent",
              look: "hollow" as const,
              counts: [...before, ...due()],
            },
          ];
        };
        return (
          <div class="rounded-lg border border-line bg-surface p-3">
            <BarChart
              label={t("executions.over_time")}
              steps={{ ...steps(), toMs: steps().toMs + due().length * steps().stepMs }}
              layers={layers()}
              notBeforeMs={data().countedFrom === null ? null : Date.parse(data().countedFrom ?? "")}
              onChoose={choose}
            />
            <div class="flex flex-wrap items-center gap-3 text-xs text-muted">
              <Show when={data().countedFrom}>
                {(at) => <p>{t("executions.counted_from", { time: exact(at()) })}</p>}
              </Show>
              <Show when={isZoomed()}>
                <Button
                  class="ml-auto"
                  onClick={() => props.onChange(withField(withField(props.filter, "since", []), "until", []))}
                >
                  {t("executions.any_time")}
                </Button>
              </Show>
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}
