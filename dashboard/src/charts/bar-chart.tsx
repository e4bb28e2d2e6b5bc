import { createMemo, createSignal, createUniqueId, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { number, t } from "../words/words.ts";
import { countOf, labelled, ordered, roundUp, type Steps, stepAt } from "./axis.ts";
import { ChartTable } from "./chart-table.tsx";
import { startOf, stepInWords } from "./words.ts";

/** One layer of the bars: its name, its colour and how it is drawn besides, and its number in each step. */
export interface Layer {
  name: string;
  /** A class that sets `color`. */
  tone: string;
  look?: "plain" | "hatched" | "hollow";
  counts: readonly number[];
}

/** Something that happened at a time, such as a deploy. */
export interface Marker {
  atMs: number;
  name: string;
}

const heightPx = 112;
const labelPx = 90;

/**
 * Stacked bars over time. A step, or several by dragging, are chosen with the pointer; with the keys too: arrows go from step to step and say their
 * numbers, with Shift they choose, Enter takes. The same numbers stand in a table.
 */
export function BarChart(props: {
  label: string;
  steps: Steps;
  layers: readonly Layer[];
  markers?: readonly Marker[];
  /** The time of what was not counted ends here. */
  notBeforeMs?: number | null;
  /** What a number is, where it is no count. */
  unit?: (value: number) => string;
  onChoose?: (fromMs: number, toMs: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const [width, setWidth] = createSignal(600);
  const [at, setAt] = createSignal<number | null>(null);
  const [anchor, setAnchor] = createSignal<number | null>(null);
  let plot: HTMLDivElement | undefined;
  onMount(() => {
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(120, entry.contentRect.width)),
    );
    if (plot) observer.observe(plot);
    onCleanup(() => observer.disconnect());
  });
  const count = () => countOf(props.steps);
  const barPx = () => width() / count();
  const sums = createMemo(() =>
    Array.from({ length: count() }, (_, step) =>
      props.layers.reduce((sum, { counts }) => sum + (counts[step] ?? 0), 0),
    ),
  );
  const top = createMemo(() => roundUp(Math.max(...sums())));
  const shownNumber = (value: number) => (props.unit ? props.unit(value) : number(value));
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, (value / top()) * heightPx));
  const belowOf = (layer: number, step: number) =>
    props.layers.slice(0, layer).reduce((sum, { counts }) => sum + heightOf(counts[step] ?? 0), 0);
  const xOf = (ms: number) => ((ms - props.steps.fromMs) / (props.steps.toMs - props.steps.fromMs)) * width();
  const inWords = (step: number) => {
    const parts = props.layers.flatMap(({ name, counts }) =>
      counts[step] ? [`${shownNumber(counts[step])} ${name}`] : [],
    );
    return `${stepInWords(props.steps, step)}: ${parts.length === 0 ? t("chart.nothing") : parts.join(", ")}`;
  };
  const choice = () => {
    const [from, now] = [anchor(), at()];
    return from === null || now === null ? null : ordered(from, now);
  };
  const take = (range: { first: number; last: number }) => {
    setAnchor(null);
    props.onChoose?.(stepAt(props.steps, range.first).from, stepAt(props.steps, range.last).to);
  };
  const stepOf = (event: PointerEvent & { currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(count() - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * count())));
  };
  const onKey = (event: KeyboardEvent) => {
    const now = at() ?? count() - 1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: count() - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey ? (anchor() ?? now) : null);
      setAt(Math.min(count() - 1, Math.max(0, to)));
    } else if (event.key === "Enter" && props.onChoose) {
      event.preventDefault();
      take(choice() ?? { first: now, last: now });
    } else if (event.key === "Escape") setAnchor(null);
  };
  return (
    <figure class="grid gap-2" aria-label={props.label}>
      <div class="flex gap-2">
        <div
          class="flex w-9 shrink-0 flex-col justify-between pb-5 text-right text-xs text-muted tabular-nums"
          aria-hidden="true"
        >
          <span>{shownNumber(top())}</span>
          <span>0</span>
        </div>
        <div
          ref={plot}
          role="slider"
          tabIndex={0}
          aria-label={`${props.label}. ${props.onChoose ? t("chart.keys") : t("chart.keys_look")}`}
          aria-valuemin={0}
          aria-valuemax={count() - 1}
          aria-valuenow={at() ?? count() - 1}
          aria-valuetext={inWords(at() ?? count() - 1)}
          class="relative min-w-0 flex-1 touch-pan-y"
          classList={{ "cursor-crosshair": props.onChoose !== undefined }}
          onKeyDown={onKey}
          onPointerDown={(event) => {
            if (!props.onChoose || event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setAt(stepOf(event));
            setAnchor(stepOf(event));
          }}
          onPointerMove={(event) => setAt(stepOf(event))}
          onPointerUp={() => {
            const range = choice();
            if (range) take(range);
          }}
          onPointerCancel={() => setAnchor(null)}
          onPointerLeave={() => anchor() === null && setAt(null)}
          onBlur={() => setAt(null)}
        >
          <svg class="block w-full overflow-visible" height={heightPx + 20} aria-hidden="true">
            <title>{props.label}</title>
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
            <path d={`M0 ${heightPx + 0.5}H${width()}`} class="stroke-edge" />
            <Show when={props.notBeforeMs}>
              {(ms) => <rect width={Math.max(0, xOf(ms()))} height={heightPx} class="fill-sunken" />}
            </Show>
            <Show when={choice()}>
              {(range) => (
                <rect
                  x={range().first * barPx()}
                  width={(range().last - range().first + 1) * barPx()}
                  height={heightPx}
                  class="fill-accent-soft"
                />
              )}
            </Show>
            <Show when={at() !== null}>
              <rect
                x={(at() ?? 0) * barPx()}
                width={barPx()}
                height={heightPx}
                class="fill-sunken"
                fill-opacity="0.7"
              />
            </Show>
            <For each={props.layers}>
              {(layer, index) => (
                <g class={layer.tone}>
                  <For each={Array.from({ length: count() }, (_, step) => step)}>
                    {(step) => (
                      <Show when={layer.counts[step]}>
                        {(value) => {
                          const box = () => ({
                            x: step * barPx() + 0.5,
                            y: heightPx - belowOf(index(), step) - heightOf(value()),
                            width: Math.max(1, barPx() - 1),
                            height: heightOf(value()),
                          });
                          return (
                            <>
                              <rect
                                {...box()}
                                fill={layer.look === "hollow" ? "none" : "currentColor"}
                                stroke={layer.look === "hollow" ? "currentColor" : "none"}
                                stroke-dasharray={layer.look === "hollow" ? "3 2" : undefined}
                              />
                              <Show when={layer.look === "hatched"}>
                                <rect {...box()} fill={`url(#${id}-hatch)`} />
                              </Show>
                            </>
                          );
                        }}
                      </Show>
                    )}
                  </For>
                </g>
              )}
            </For>
            <For each={props.markers ?? []}>
              {(marker) => (
                <g>
                  <title>{marker.name}</title>
                  <path d={`M${xOf(marker.atMs)} 0V${heightPx}`} class="stroke-ink" stroke-dasharray="2 3" />
                  <text x={xOf(marker.atMs) + 3} y="9" class="fill-ink text-[10px]">
                    {marker.name}
                  </text>
                </g>
              )}
            </For>
            {/* The last one would stick out. */}
            <For
              each={labelled(count(), Math.floor(width() / labelPx)).filter(
                (step) => step * barPx() < width() - 60,
              )}
            >
              {(step) => (
                <text x={step * barPx()} y={heightPx + 15} class="fill-muted text-xs">
                  {startOf(props.steps, step)}
                </text>
              )}
            </For>
          </svg>
        </div>
      </div>
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
      <ChartTable label={props.label} steps={props.steps} layers={props.layers} shown={shownNumber} />
    </figure>
  );
}
