import { For, type JSX, Show } from "solid-js";
import { t } from "../../words/words.ts";
import { type GraphEdge, type GraphList, type GraphStep, stepSize } from "../model/graph-layout.ts";
import { listWords } from "./list-words.ts";
import { stepShapes, typeWords } from "./step-icon.tsx";

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const firstLine = (text: string) => text.split("\n", 1)[0] ?? "";

/** The frame of a list of steps with its words. */
export function ListFrame(props: { frame: GraphList }): JSX.Element {
  const most = () => Math.floor((props.frame.width - 24) / 6.5);
  return (
    <g>
      <title>{listWords(props.frame.list)}</title>
      <rect
        x={props.frame.x}
        y={props.frame.y}
        width={props.frame.width}
        height={props.frame.height}
        rx="10"
        class={props.frame.isInner ? "fill-surface stroke-line" : "fill-canvas stroke-line"}
        stroke-dasharray={props.frame.isInner ? "4 3" : undefined}
      />
      <text x={props.frame.x + 12} y={props.frame.y + 19} class="fill-muted text-xs">
        {cut(listWords(props.frame.list), most())}
      </text>
    </g>
  );
}

/** The lines from each step to those that wait for it. */
export function Edges(props: { edges: readonly GraphEdge[] }): JSX.Element {
  const bend = ({ from, to }: GraphEdge) => {
    const middle = (from.y + to.y) / 2;
    return `M${from.x} ${from.y}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
  };
  return (
    <For each={props.edges}>
      {(edge) => <path d={bend(edge)} class="fill-none stroke-edge" stroke-width="1.5" />}
    </For>
  );
}

/** What a step's box is told by whoever shows it. */
export interface StepBoxProps {
  box: GraphStep;
  isSelected?: boolean;
  isMoved?: boolean;
  problems?: number;
  /** What it says of a run, in words, and the classes of its frame. */
  state?: { words: string; frame: string; text: string } | undefined;
  onKeyDown?: (event: KeyboardEvent) => void;
  onPointerDown?: (event: PointerEvent) => void;
  onClick?: () => void;
}

/** A step: its name and type, what it does, where and when. */
export function StepBox(props: StepBoxProps): JSX.Element {
  const step = () => props.box.step;
  const name = () => step().name || step().id;
  const second = () => firstLine(step().does ?? "");
  const third = () => {
    const { condition, targets } = step();
    if (condition !== null) return t("builder.when", { condition });
    return targets === null ? "" : t("builder.on", { targets });
  };
  const words = () =>
    [
      `${name()}, ${typeWords(step().type)}`,
      second(),
      step().targets === null ? "" : t("builder.on", { targets: step().targets ?? "" }),
      step().condition === null ? "" : t("builder.when", { condition: step().condition ?? "" }),
      (props.problems ?? 0) > 0 ? t("builder.has_problems") : "",
      props.state?.words ?? "",
    ]
      .filter(Boolean)
      .join(", ");
  const frame = () => {
    if (props.isSelected === true) return "stroke-accent";
    if ((props.problems ?? 0) > 0) return "stroke-warn";
    return props.state?.frame ?? "stroke-edge";
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a button where it does something.
    <g
      role={props.onClick === undefined ? "img" : "button"}
      tabindex={props.onClick === undefined ? undefined : 0}
      data-step={step().pointer}
      class={`group outline-none ${props.onClick === undefined ? "" : "cursor-grab"} ${props.isMoved === true ? "opacity-40" : ""}`}
      onKeyDown={(event) => props.onKeyDown?.(event)}
      onPointerDown={(event) => props.onPointerDown?.(event)}
      onClick={() => props.onClick?.()}
    >
      <title>{words()}</title>
      <rect
        x={props.box.x}
        y={props.box.y}
        width={props.box.width}
        height={props.box.height}
        rx="8"
        stroke-width={props.isSelected === true ? 2.5 : 1.5}
        class={`fill-surface group-focus-visible:stroke-accent group-focus-visible:stroke-3 ${frame()}`}
      />
      <g
        transform={`translate(${props.box.x + 10} ${props.box.y + 9})`}
        class="fill-none stroke-muted"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      >
        <path d={stepShapes[step().type ?? "none"]} />
      </g>
      <text x={props.box.x + 32} y={props.box.y + 22} class="fill-ink text-sm font-medium">
        {cut(name(), Math.floor((props.box.width - 42) / 7.6))}
      </text>
      <text x={props.box.x + 12} y={props.box.y + 42} class="fill-muted font-mono text-xs">
        {cut(second(), Math.floor((Math.min(props.box.width, stepSize.width * 2) - 24) / 7.3))}
      </text>
      <Show
        when={props.state}
        fallback={
          <text x={props.box.x + 12} y={props.box.y + 60} class="fill-muted text-xs">
            {cut(third(), Math.floor((props.box.width - 24) / 6.6))}
          </text>
        }
      >
        {(state) => (
          <text x={props.box.x + 12} y={props.box.y + 60} class={`text-xs font-medium ${state().text}`}>
            {cut(state().words, Math.floor((props.box.width - 24) / 6.6))}
          </text>
        )}
      </Show>
    </g>
  );
}
