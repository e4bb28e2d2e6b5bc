import { createMemo, createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { number, t } from "../words/words.ts";
import { countOf, roundUp, type Steps } from "./axis.ts";
import { ChartTable } from "./chart-table.tsx";
import type { Marker } from "./marker-names.ts";
import { type Place, TimePlot } from "./time-plot.tsx";
import { stepInWords } from "./words.ts";

/** One layer of the bars: its name, its colour and how it is drawn besides, and its number in each step. */
export interface Layer {
  name: string;
  /** A class that sets `color`. */
  tone: string;
  look?: "plain" | "hatched" | "hollow";
  counts: readonly number[];
}

/** Stacked bars over time, told in colours, patterns and words; the same numbers stand in a table. */
export function BarChart(props: {
  label: string;
  steps: Steps;
  layers: readonly Layer[];
  markers?: readonly Marker[];
  /** The time of what was not counted ends here. */
  notBeforeMs?: number | null;
  onChoose?: (fromMs: number, toMs: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const [at, setAt] = createSignal<number | null>(null);
  const count = () => countOf(props.steps);
  const all = () => Array.from({ length: count() }, (_, step) => step);
  const sums = createMemo(() =>
    all().map((step) => props.layers.reduce((sum, { counts }) => sum + (counts[step] ?? 0), 0)),
  );
  const top = createMemo(() => roundUp(Math.max(...sums())));
  const inWords = (step: number) => {
    const parts = props.layers.flatMap(({ name, counts }) =>
      counts[step] ? [`${number(counts[step])} ${name}`] : [],
    );
    return `${stepInWords(props.steps, step)}: ${parts.length === 0 ? t("chart.nothing") : parts.join(", ")}`;
  };
  const heightOf = (value: number, { heightPx }: Place) =>
    value === 0 ? 0 : Math.max(2, (value / top()) * heightPx);
  const boxOf = (layer: number, step: number, value: number, place: Place) => {
    const below = props.layers
      .slice(0, layer)
      .reduce((sum, { counts }) => sum + heightOf(counts[step] ?? 0, place), 0);
    const height = heightOf(value, place);
    return {
      x: step * place.stepPx + 0.5,
      y: place.heightPx - below - height,
      width: Math.max(1, place.stepPx - 1),
      height,
    };
  };
  return (
    <figure class="grid grid-cols-[minmax(0,1fr)] gap-2" aria-label={props.label}>
      <TimePlot
        label={props.label}
        steps={props.steps}
        top={number(top())}
        inWords={inWords}
        markers={props.markers}
        notBeforeMs={props.notBeforeMs}
        onChoose={props.onChoose}
        onAt={setAt}
      >
        {(place) => (
          <>
            <defs>
              <pattern
                id={`${id}-hatch`}
                width="5"
                height="5"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
                <path d="M0 0V5" class="stroke-surface" stroke-width="2.5" />
              </pattern>
            </defs>
            <For each={props.layers}>
              {(layer, index) => (
                <g class={layer.tone}>
                  <For each={all()}>
                    {(step) => (
                      <Show when={layer.counts[step]}>
                        {(value) => (
                          <>
                            <rect
                              {...boxOf(index(), step, value(), place)}
                              fill={layer.look === "hollow" ? "none" : "currentColor"}
                              stroke={layer.look === "hollow" ? "currentColor" : "none"}
                              stroke-dasharray={layer.look === "hollow" ? "3 2" : undefined}
                            />
                            <Show when={layer.look === "hatched"}>
                              <rect {...boxOf(index(), step, value(), place)} fill={`url(#${id}-hatch)`} />
                            </Show>
                          </>
                        )}
                      </Show>
                    )}
                  </For>
                </g>
              )}
            </For>
          </>
        )}
      </TimePlot>
      <figcaption class="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <For each={props.layers}>
          {(layer) => (
            <span class="inline-flex items-center gap-1.5">
              <svg width="12" height="12" class={layer.tone} aria-hidden="true">
                <rect
                  x="0.5"
                  y="0.5"
                  width="11"
                  height="11"
                  fill={layer.look === "hollow" ? "none" : "currentColor"}
                  stroke="currentColor"
                  stroke-dasharray={layer.look === "hollow" ? "3 2" : undefined}
                />
                <Show when={layer.look === "hatched"}>
                  <rect width="12" height="12" fill={`url(#${id}-hatch)`} />
                </Show>
              </svg>
              {layer.name}
            </span>
          )}
        </For>
        {/* What the keys or the pointer are at; the slider itself says it to those who hear. */}
        <span class="ml-auto min-h-4 text-ink tabular-nums" aria-hidden="true">
          {at() === null ? "" : inWords(at() ?? 0)}
        </span>
      </figcaption>
      <ChartTable label={props.label} steps={props.steps} layers={props.layers} shown={number} />
    </figure>
  );
}
