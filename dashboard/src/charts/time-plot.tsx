import { createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { usePartKeys } from "../ui/part-keys.ts";
import { t } from "../words/words.ts";
import { countOf, labelled, ordered, type Steps, stepAt } from "./axis.ts";
import { type Marker, markerNames } from "./marker-names.ts";
import { startOf } from "./words.ts";

/** Where things are drawn, in pixels. */
export interface Place {
  heightPx: number;
  stepPx: number;
}

const heightPx = 112;
const labelPx = 90;
const markerPx = 40;

/**
 * A plot over time in steps. A step, or several by dragging, are chosen with the pointer; with the keys too: arrows go from step to step and say what is
 * there, with Shift they choose, Enter takes.
 */
export function TimePlot(props: {
  label: string;
  steps: Steps;
  /** What the vertical axis ends at. */
  top: string;
  inWords: (step: number) => string;
  markers?: readonly Marker[] | undefined;
  /** The time of what was not looked at ends here. */
  notBeforeMs?: number | null | undefined;
  onChoose?: ((fromMs: number, toMs: number) => void) | undefined;
  onAt?: (step: number | null) => void;
  children: (place: Place) => JSX.Element;
}): JSX.Element {
  const [width, setWidth] = createSignal(600);
  const [at, setStep] = createSignal<number | null>(null);
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
  const stepPx = () => width() / count();
  const setAt = (step: number | null) => {
    setStep(step);
    props.onAt?.(step);
  };
  const xOf = (ms: number) => ((ms - props.steps.fromMs) / (props.steps.toMs - props.steps.fromMs)) * width();
  // What it is called would stick out.
  const isAtEnd = (x: number) => x > width() - markerPx;
  const current = () => Math.min(count() - 1, at() ?? count() - 1);
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
  const go = (key: string, isChosen: boolean) => {
    const now = current();
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: count() - 1 }[key] ?? now;
    setAnchor(isChosen ? (anchor() ?? now) : null);
    setAt(Math.min(count() - 1, Math.max(0, to)));
  };
  const steps = ["ArrowLeft", "ArrowRight", "Home", "End"] as const;
  const onKey = usePartKeys("chart.part", [
    { keys: steps, name: "chart.key_step", run: (key) => go(key, false) },
    ...(props.onChoose
      ? [
          {
            keys: steps,
            shift: true,
            name: "chart.key_choose",
            run: (key: string) => go(key, true),
          } as const,
          {
            keys: ["Enter"],
            name: "chart.key_take",
            run: () => take(choice() ?? { first: current(), last: current() }),
          } as const,
          { keys: ["Escape"], name: "chart.key_leave", run: () => void setAnchor(null) } as const,
        ]
      : []),
  ]);
  return (
    <div class="flex gap-2">
      <div
        class="flex w-12 shrink-0 flex-col justify-between pb-5 text-right text-xs text-muted tabular-nums"
        aria-hidden="true"
      >
        <span>{props.top}</span>
        <span>0</span>
      </div>
      <div
        ref={plot}
        role="slider"
        tabIndex={0}
        aria-label={`${props.label}. ${props.onChoose ? t("chart.keys") : t("chart.keys_look")}`}
        aria-valuemin={0}
        aria-valuemax={count() - 1}
        aria-valuenow={current()}
        aria-valuetext={props.inWords(current())}
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
          <path d={`M0 ${heightPx + 0.5}H${width()}`} class="stroke-edge" />
          <Show when={props.notBeforeMs}>
            {(ms) => <rect width={Math.max(0, xOf(ms()))} height={heightPx} class="fill-sunken" />}
          </Show>
          <Show when={choice()}>
            {(range) => (
              <rect
                x={range().first * stepPx()}
                width={(range().last - range().first + 1) * stepPx()}
                height={heightPx}
                class="fill-accent-soft"
              />
            )}
          </Show>
          <Show when={at() !== null}>
            <rect
              x={(at() ?? 0) * stepPx()}
              width={stepPx()}
              height={heightPx}
              class="fill-sunken"
              fill-opacity="0.7"
            />
          </Show>
          {props.children({
            heightPx,
            get stepPx() {
              return stepPx();
            },
          })}
          <For each={props.markers ?? []}>
            {(marker) => (
              <g>
                {/* With a rim, so that both are read on a bar too. */}
                <path d={`M${xOf(marker.atMs)} 0V${heightPx}`} class="stroke-surface" stroke-width="3" />
                <path d={`M${xOf(marker.atMs)} 0V${heightPx}`} class="stroke-ink" stroke-dasharray="2 3" />
              </g>
            )}
          </For>
          <For each={markerNames(props.markers ?? [], xOf, markerPx)}>
            {({ x, name }) => (
              <text
                x={x + (isAtEnd(x) ? -3 : 3)}
                y="9"
                text-anchor={isAtEnd(x) ? "end" : "start"}
                class="fill-ink stroke-surface text-[10px] [paint-order:stroke]"
                stroke-width="3"
              >
                {name}
              </text>
            )}
          </For>
          {/* The last one would stick out. */}
          <For
            each={labelled(count(), Math.floor(width() / labelPx)).filter(
              (step) => step * stepPx() < width() - 60,
            )}
          >
            {(step) => (
              <text x={step * stepPx()} y={heightPx + 15} class="fill-muted text-xs">
                {startOf(props.steps, step)}
              </text>
            )}
          </For>
        </svg>
      </div>
    </div>
  );
}
