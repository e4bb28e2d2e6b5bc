import { createMemo, createSignal, For, type JSX } from "solid-js";
import { t } from "../words/words.ts";
import { countOf, roundUp, type Steps } from "./axis.ts";
import { ChartTable } from "./chart-table.tsx";
import type { Marker } from "./marker-names.ts";
import { type Place, TimePlot } from "./time-plot.tsx";
import { stepInWords } from "./words.ts";

/** One line: its name, its colour and dashes, and its value in each step; null: there is none. */
export interface Line {
  name: string;
  /** A class that sets `color`. */
  tone: string;
  dash: string;
  counts: readonly (number | null)[];
}

/** Lines over time, told in colours, dashes and words; a step alone is a dot. The same values stand in a table. */
export function LineChart(props: {
  label: string;
  steps: Steps;
  lines: readonly Line[];
  unit: (value: number) => string;
  markers?: readonly Marker[];
  notBeforeMs?: number | null;
  onChoose?: (fromMs: number, toMs: number) => void;
}): JSX.Element {
  const [at, setAt] = createSignal<number | null>(null);
  const all = () => Array.from({ length: countOf(props.steps) }, (_, step) => step);
  const top = createMemo(() =>
    roundUp(Math.max(0, ...props.lines.flatMap(({ counts }) => counts.map((one) => one ?? 0)))),
  );
  const inWords = (step: number) => {
    const parts = props.lines.flatMap(({ name, counts }) => {
      const value = counts[step];
      return typeof value === "number" ? [`${name} ${props.unit(value)}`] : [];
    });
    return `${stepInWords(props.steps, step)}: ${parts.length === 0 ? t("chart.nothing") : parts.join(", ")}`;
  };
  const points = ({ counts }: Line, place: Place) =>
    all().map((step) => {
      const value = counts[step];
      return typeof value === "number"
        ? { x: (step + 0.5) * place.stepPx, y: place.heightPx * (1 - value / top()) }
        : null;
    });
  // A line stops where nothing was measured, and begins again after it.
  const path = (line: Line, place: Place) =>
    points(line, place)
      .map((point, step, of) => (point === null ? "" : `${of[step - 1] ? "L" : "M"}${point.x} ${point.y}`))
      .join("");
  return (
    <figure class="grid grid-cols-[minmax(0,1fr)] gap-2" aria-label={props.label}>
      <TimePlot
        label={props.label}
        steps={props.steps}
        top={props.unit(top())}
        inWords={inWords}
        markers={props.markers}
        notBeforeMs={props.notBeforeMs}
        onChoose={props.onChoose}
        onAt={setAt}
      >
        {(place) => (
          <For each={props.lines}>
            {(line) => (
              <g class={line.tone}>
                <path
                  d={path(line, place)}
                  fill="none"
                  stroke="currentColor"
                  stroke-width="2"
                  stroke-dasharray={line.dash}
                />
                <For each={points(line, place).filter((point) => point !== null)}>
                  {(point) => <circle cx={point.x} cy={point.y} r="2.5" fill="currentColor" />}
                </For>
              </g>
            )}
          </For>
        )}
      </TimePlot>
      <figcaption class="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <For each={props.lines}>
          {(line) => (
            <span class="inline-flex items-center gap-1.5">
              <svg width="20" height="12" class={line.tone} aria-hidden="true">
                <path d="M0 6H20" stroke="currentColor" stroke-width="2" stroke-dasharray={line.dash} />
              </svg>
              {line.name}
            </span>
          )}
        </For>
        <span class="ml-auto min-h-4 text-ink tabular-nums" aria-hidden="true">
          {at() === null ? "" : inWords(at() ?? 0)}
        </span>
      </figcaption>
      <ChartTable label={props.label} steps={props.steps} layers={props.lines} shown={props.unit} />
    </figure>
  );
}
