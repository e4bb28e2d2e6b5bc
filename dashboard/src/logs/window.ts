import { type Accessor, createMemo, createSignal, onCleanup, onMount } from "solid-js";
import { placeOf, rowsBetween, type Scale, scaleOf } from "./scale.ts";

/** Before the frame was measured; more than any screen shows of it at first. */
const firstHeightPx = 800;

/** Which rows of a long list of equal rows are drawn. */
export interface RowWindow {
  /** The indexes of the rows to draw, in order. */
  rows: Accessor<readonly number[]>;
  /** How high the list is, and how far below its top the first row is drawn, in pixels. */
  layout: Accessor<{ heightPx: number; beforePx: number }>;
  /** Call it when the frame was scrolled. */
  scrolled(): void;
  /** Call it when a wheel turns over the frame: where a pixel of the scroll bar is many of the list, it is moved by what was turned. */
  wheeled(event: WheelEvent): void;
  /** Brings a row to the middle, or to the end, of the frame. */
  show(index: number, where: "center" | "end"): void;
}

const keySteps: Readonly<Record<string, (pagePx: number, rowPx: number) => number>> = {
  ArrowDown: (_, rowPx) => rowPx,
  ArrowUp: (_, rowPx) => -rowPx,
  PageDown: (pagePx) => pagePx,
  PageUp: (pagePx) => -pagePx,
  " ": (pagePx) => pagePx,
};

/** Follows the scrolling of a frame of rows that are all `rowPx` high; the frame is there once the component is mounted. */
export function createRowWindow(
  frame: () => HTMLElement | undefined,
  count: Accessor<number>,
  rowPx: number,
): RowWindow {
  const [place, setPlace] = createSignal({ scrollPx: 0, heightPx: firstHeightPx });
  const measure = () => {
    const element = frame();
    if (element) setPlace({ scrollPx: element.scrollTop, heightPx: element.clientHeight || firstHeightPx });
  };
  const scale = createMemo<Scale>(() => scaleOf(count() * rowPx, place().heightPx));
  /** Moves by pixels of the list. */
  const move = (byPx: number) => {
    const element = frame();
    if (element === undefined) return;
    element.scrollTop += byPx / scale().ratio;
    measure();
  };
  const pressed = (event: KeyboardEvent) => {
    const step = keySteps[event.key];
    if (scale().ratio === 1 || step === undefined || event.target !== frame()) return;
    event.preventDefault();
    move(step(place().heightPx - rowPx, rowPx) * (event.key === " " && event.shiftKey ? -1 : 1));
  };
  onMount(() => {
    const element = frame();
    if (element === undefined) return;
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    element.addEventListener("keydown", pressed);
    onCleanup(() => {
      watch.disconnect();
      element.removeEventListener("keydown", pressed);
    });
  });
  const range = createMemo(
    () => rowsBetween(placeOf(place().scrollPx, scale(), place().heightPx), place().heightPx, rowPx, count()),
    undefined,
    { equals: (one, other) => one[0] === other[0] && one[1] === other[1] },
  );
  const rows = createMemo(() => {
    const [from, to] = range();
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
  return {
    rows,
    layout: createMemo(() => {
      const { scrollPx, heightPx } = place();
      const topPx = placeOf(scrollPx, scale(), heightPx);
      const beforePx =
        scale().ratio === 1 ? range()[0] * rowPx : Math.max(0, scrollPx + range()[0] * rowPx - topPx);
      return { heightPx: scale().heightPx, beforePx };
    }),
    scrolled: measure,
    wheeled(event) {
      if (scale().ratio === 1 || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      const unitPx = event.deltaMode === 1 ? rowPx : event.deltaMode === 2 ? place().heightPx : 1;
      move(event.deltaY * unitPx);
    },
    show(index, where) {
      const element = frame();
      if (element === undefined) return;
      measure();
      const spare = where === "end" ? element.clientHeight - rowPx : (element.clientHeight - rowPx) / 2;
      // The rows that make the list so high are drawn in this very turn.
      element.scrollTop = Math.max(0, index * rowPx - spare) / scale().ratio;
      measure();
    },
  };
}
