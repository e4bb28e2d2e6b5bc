import { type StepType, stepTypes } from "@pulse/schema/workflow/step-kinds";
import { createMemo, createSignal, For, type JSX, onMount, Show } from "solid-js";
import { Button } from "../../ui/button.tsx";
import { usePartKeys } from "../../ui/part-keys.ts";
import { t } from "../../words/words.ts";
import { type GraphSlot, type GraphStep, layOut, nearestSlot } from "../model/graph-layout.ts";
import type { OutlineStep } from "../model/outline.ts";
import type { Path } from "../model/read-text.ts";
import { newStep } from "../model/step-fields.ts";
import { AddStepDialog } from "./add-step-dialog.tsx";
import type { Builder } from "./create-builder.ts";
import { Edges, ListFrame, StepBox } from "./graph-parts.tsx";
import { StepForm } from "./step-form.tsx";
import { StepIcon, typeWords } from "./step-icon.tsx";

/** What is being dragged: a step that is there, or a new one; and where the pointer is, in the drawing's units. */
interface Drag {
  what: { step: OutlineStep } | { type: StepType };
  at: { x: number; y: number };
  isMoving: boolean;
}

const margin = 12;
const zooms = { least: 0.25, most: 2, by: 1.25 };
const dragFrom = 6;

/** A definition as a drawing: steps are dragged to other places, added where they belong, and opened; the keyboard does all of it too. */
export function GraphView(props: { builder: Builder }): JSX.Element {
  let svg: SVGSVGElement | undefined;
  let frame: HTMLDivElement | undefined;
  const graph = createMemo(() => layOut(props.builder.lists()));
  const [zoom, setZoom] = createSignal(1);
  const [drag, setDrag] = createSignal<Drag | null>(null);
  const [asked, setAsked] = createSignal<GraphSlot | null>(null);
  const width = () => graph().width + 2 * margin;
  const height = () => graph().height + 2 * margin;
  const between = (value: number) => Math.min(zooms.most, Math.max(zooms.least, value));
  const fit = () => setZoom(between(Math.min(1, ((frame?.clientWidth ?? 0) - 2) / width())));
  onMount(fit);
  const movedPath = (one: Drag | null): Path | null =>
    one !== null && "step" in one.what ? one.what.step.path : null;
  const target = createMemo(() => {
    const one = drag();
    return one?.isMoving === true ? nearestSlot(graph(), one.at, movedPath(one)) : null;
  });
  const placeOf = (event: PointerEvent) => {
    const box = svg?.getBoundingClientRect();
    return {
      x: (event.clientX - (box?.x ?? 0)) / zoom() - margin,
      y: (event.clientY - (box?.y ?? 0)) / zoom() - margin,
    };
  };
  const begin = (event: PointerEvent, what: Drag["what"]) => {
    if (event.button !== 0) return;
    const from = { x: event.clientX, y: event.clientY };
    const move = (next: PointerEvent) => {
      const isFar = Math.hypot(next.clientX - from.x, next.clientY - from.y) > dragFrom;
      setDrag((before) => ({ what, at: placeOf(next), isMoving: isFar || before?.isMoving === true }));
    };
    const gone = new AbortController();
    const end = (isDropped: boolean) => {
      const slot = target();
      gone.abort();
      setDrag(null);
      if (isDropped && slot !== null) drop(what, slot);
    };
    const { signal } = gone;
    window.addEventListener("pointermove", move, { signal });
    window.addEventListener("pointerup", () => end(true), { signal });
    window.addEventListener("pointercancel", () => end(false), { signal });
    window.addEventListener("keydown", (key) => key.key === "Escape" && end(false), { signal });
  };
  const focus = (pointer: string | null) => {
    if (pointer === null) return;
    queueMicrotask(() => svg?.querySelector<SVGElement>(`[data-step="${CSS.escape(pointer)}"]`)?.focus());
  };
  const drop = (what: Drag["what"], { list, at }: GraphSlot) => {
    props.builder.select(null);
    if ("step" in what) focus(props.builder.edit({ kind: "move", step: what.step.path, list, at }));
    else add(what.type, { list, at });
  };
  const add = (type: StepType, place: { list: Path; at: number }) => {
    const step = newStep(type, typeWords(type));
    const { list, at } = place;
    const pointer = props.builder.edit({ kind: "insert", list, at, step });
    props.builder.select(pointer);
  };
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 } as const;
  const arrows = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] as const;
  const byOf = (key: string) => steps[key as keyof typeof steps];
  const go = (step: OutlineStep, by: number) => {
    const all = graph().steps;
    const at = all.findIndex((one) => one.step.pointer === step.pointer);
    focus(all[Math.max(0, at + by)]?.step.pointer ?? null);
  };
  const onKey = usePartKeys<OutlineStep>("builder.part_graph", [
    { keys: arrows, name: "builder.key_go", run: (key, step) => go(step, byOf(key)) },
    {
      keys: arrows,
      alt: true,
      name: "builder.key_move",
      run(key, step) {
        const to = Number(step.path.at(-1)) + (byOf(key) === 1 ? 2 : -1);
        const list = step.path.slice(0, -1);
        if (to >= 0) focus(props.builder.edit({ kind: "move", step: step.path, list, at: to }));
      },
    },
    { keys: ["Enter", " "], name: "builder.key_open", run: (_, step) => props.builder.select(step.pointer) },
    {
      keys: ["Delete"],
      name: "builder.key_remove",
      run(_, step) {
        const at = graph().steps.findIndex((one) => one.step.pointer === step.pointer);
        props.builder.select(null);
        props.builder.edit({ kind: "remove", step: step.path });
        focus(graph().steps[Math.max(0, at - 1)]?.step.pointer ?? null);
      },
    },
  ]);
  const selected = () => props.builder.step(props.builder.selected() ?? "");
  const box = (one: GraphStep) => (
    <StepBox
      box={one}
      isSelected={props.builder.selected() === one.step.pointer}
      isMoved={movedPath(drag()) === one.step.path && drag()?.isMoving === true}
      problems={props.builder.findingsOf(one.step.pointer).length}
      onKeyDown={(event) => onKey(event, one.step)}
      onPointerDown={(event) => begin(event, { step: one.step })}
      onClick={() => props.builder.select(one.step.pointer)}
    />
  );
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div class="flex flex-wrap items-center gap-2">
        <p class="text-xs text-muted max-md:hidden">{t("builder.graph_hint")}</p>
        <div class="ml-auto flex gap-2">
          <Button aria-label={t("builder.zoom_out")} onClick={() => setZoom(between(zoom() / zooms.by))}>
            −
          </Button>
          <Button aria-label={t("builder.zoom_in")} onClick={() => setZoom(between(zoom() * zooms.by))}>
            +
          </Button>
          <Button onClick={fit}>{t("builder.fit")}</Button>
        </div>
      </div>
      <ul aria-label={t("builder.palette")} class="flex flex-wrap gap-1.5">
        <For each={stepTypes}>
          {(type) => (
            <li>
              <button
                type="button"
                class="inline-flex min-h-7 cursor-grab touch-none items-center gap-1 rounded-md border border-line bg-surface px-2 text-xs hover:border-edge"
                onPointerDown={(event) => begin(event, { type })}
                onClick={() => {
                  const [list] = props.builder.lists();
                  add(type, { list: list?.path ?? ["steps"], at: list?.steps.length ?? 0 });
                }}
              >
                <StepIcon type={type} />
                {typeWords(type)}
              </button>
            </li>
          )}
        </For>
      </ul>
      <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,1fr)_auto]">
        <div ref={frame} class="max-h-[75dvh] overflow-auto rounded-lg border border-line bg-sunken">
          {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no fields. */}
          <svg
            ref={svg}
            role="group"
            aria-label={t("builder.graph")}
            class="mx-auto block select-none"
            width={width() * zoom()}
            height={height() * zoom()}
            viewBox={`${-margin} ${-margin} ${width()} ${height()}`}
          >
            <For each={graph().boxes}>{(one) => ("list" in one ? <ListFrame frame={one} /> : box(one))}</For>
            <Edges edges={graph().edges} />
            <For each={graph().slots}>
              {(slot) => (
                // biome-ignore lint/a11y/useSemanticElements: a drawing has no buttons.
                <g
                  class="cursor-pointer"
                  role="button"
                  tabindex="0"
                  aria-label={t("builder.add_here", { place: slot.at + 1 })}
                  onClick={() => setAsked(slot)}
                  onKeyDown={(event) => {
                    if (event.key !== "Enter" && event.key !== " ") return;
                    event.preventDefault();
                    setAsked(slot);
                  }}
                >
                  <circle
                    cx={slot.x}
                    cy={slot.y}
                    r={target() === slot ? 13 : 12}
                    class={target() === slot ? "fill-accent stroke-accent" : "fill-surface stroke-edge"}
                  />
                  <path
                    d={`M${slot.x - 4} ${slot.y}h8M${slot.x} ${slot.y - 4}v8`}
                    class={target() === slot ? "stroke-accent-ink" : "stroke-muted"}
                    stroke-width="1.6"
                  />
                </g>
              )}
            </For>
            <Show when={drag()?.isMoving === true && drag()}>
              {(one) => (
                <circle
                  cx={one().at.x}
                  cy={one().at.y}
                  r="9"
                  class="pointer-events-none fill-accent-soft stroke-accent"
                />
              )}
            </Show>
          </svg>
        </div>
        <Show when={selected()}>
          {(step) => (
            <div class="lg:w-88">
              <StepForm
                builder={props.builder}
                step={step()}
                onClose={() => {
                  const { pointer } = step();
                  props.builder.select(null);
                  focus(pointer);
                }}
              />
            </div>
          )}
        </Show>
      </div>
      <Show when={asked()}>
        {(slot) => (
          <AddStepDialog
            onClose={() => setAsked(null)}
            onChoose={(type) => {
              const place = slot();
              setAsked(null);
              add(type, place);
            }}
          />
        )}
      </Show>
    </div>
  );
}
