import { type Accessor, createMemo, createSignal, onCleanup, onMount } from "solid-js";

/** Rows beyond the edges that are kept ready. */
const overscan = 12;
/** Before the frame was measured; more than any screen shows of it at first. */
const firstHeightPx = 800;

/** Which rows of a long list of equal rows are drawn. */
export interface RowWindow {
  /** The indexes of the rows to draw, in order. */
  rows: Accessor<readonly number[]>;
  /** Call it when the frame was scrolled. */
  scrolled(): void;
  /** Brings a row to the middle, or to the end, of the frame. */
  show(index: number, where: "center" | "end"): void;
}

/** The first row to draw and the one behind the last. */
export function rowsBetween(topPx: number, heightPx: number, rowPx: number, count: number): [number, number] {
  const from = Math.max(0, Math.floor(topPx / rowPx) - overscan);
  return [Math.min(from, count), Math.min(count, Math.ceil((topPx + heightPx) / rowPx) + overscan)];
}

/** Follows the scrolling of a frame of rows that are all `rowPx` high; the frame is there once the component is mounted. */
export function createRowWindow(
  frame: () => HTMLElement | undefined,
  count: Accessor<number>,
  rowPx: number,
): RowWindow {
  const [place, setPlace] = createSignal({ topPx: 0, heightPx: firstHeightPx });
  const measure = () => {
    const element = frame();
    if (element) setPlace({ topPx: element.scrollTop, heightPx: element.clientHeight || firstHeightPx });
  };
  onMount(() => {
    const element = frame();
    if (element === undefined) return;
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    onCleanup(() => watch.disconnect());
  });
  const range = createMemo(() => rowsBetween(place().topPx, place().heightPx, rowPx, count()), undefined, {
    equals: (one, other) => one[0] === other[0] && one[1] === other[1],
  });
  const rows = createMemo(() => {
    const [from, to] = range();
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
  return {
    rows,
    scrolled: measure,
    show(index, where) {
      const element = frame();
      if (element === undefined) return;
      const spare = where === "end" ? element.clientHeight - rowPx : (element.clientHeight - rowPx) / 2;
      // The rows that make the list so high are drawn in this very turn.
      element.scrollTop = Math.max(0, index * rowPx - spare);
      measure();
    },
  };
}
