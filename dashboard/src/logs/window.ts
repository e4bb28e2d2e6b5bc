import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, onMount } from "solid-js";
import { usePartKeys } from "../ui/part-keys.ts";
import { anchorOf, placeOf, rowsAround, rowsBetween, type Scale, scaleOf } from "./scale.ts";

/** Before the frame was measured; more than any screen shows of it at first. */
const firstHeightPx = 800;

/** What is scrolled. */
export interface Scrolled {
  /** The frame, and in it the element that is as high as all rows, which has the list of those that are drawn. They are there once the component is mounted. */
  frame(): HTMLElement | undefined;
  list(): HTMLElement | undefined;
  count: Accessor<number>;
  /** How high a row is, in pixels; where rows are wrapped, how high it is at least. */
  rowPx: number;
  isWrapped: Accessor<boolean>;
  /** Read to hear when what stands in the drawn rows changed, and with it, perhaps, how high they are. */
  content: Accessor<unknown>;
}

/** Which rows of a long list are drawn. */
export interface RowWindow {
  /** The indexes of the rows to draw, in order. */
  rows: Accessor<readonly number[]>;
  /** How high the list is, in pixels. */
  heightPx: Accessor<number>;
  /** Call it when the frame was scrolled. */
  scrolled(): void;
  /** Call it when a wheel turns over the frame: where a pixel of the scroll bar is not one of the list, it is moved by what was turned. */
  wheeled(event: WheelEvent): void;
  /** Brings a row into sight: to the middle, or to the end, of the frame. */
  show(index: number, where: "center" | "end"): void;
  /** How far below the top of the frame a drawn row stands, in pixels; of one that is not drawn 0. */
  topOf(index: number): number;
  /** Brings a row so far below the top of the frame, as near as the ends of the list let it. */
  place(index: number, topPx: number): void;
}

/**
 * Follows the scrolling of a frame of rows. Where all are equally high, each stands at its place. Wrapped rows have heights that nobody knows before they
 * are drawn: there the share of the way that is scrolled says which row is looked at, that row stands at the same share of the frame, and the others
 * stand around it. So both ends are reached whatever the heights are, and nothing jumps when one becomes known.
 */
export function createRowWindow({ frame, list, count, rowPx, isWrapped, content }: Scrolled): RowWindow {
  const [place, setPlace] = createSignal({ scrollPx: 0, heightPx: firstHeightPx });
  /** How high the rows are on average, as far as they were measured. */
  const [averagePx, setAverage] = createSignal(rowPx);
  const measure = () => {
    const element = frame();
    if (element) setPlace({ scrollPx: element.scrollTop, heightPx: element.clientHeight || firstHeightPx });
  };
  const scale = createMemo<Scale>(() =>
    scaleOf(count() * (isWrapped() ? averagePx() : rowPx), place().heightPx),
  );
  /** How far it is scrolled, 0 to 1. */
  const share = () => {
    const { scrollPx, heightPx } = place();
    const wayPx = scale().heightPx - heightPx;
    // The browser rounds: at its end the bar shows the list's end.
    return wayPx <= 0 ? 0 : scrollPx >= wayPx - 1 ? 1 : Math.max(0, scrollPx) / wayPx;
  };
  const isOwn = () => scale().ratio !== 1 || isWrapped();
  /** Moves by pixels of the list. */
  const move = (byPx: number) => {
    const element = frame();
    if (element === undefined) return;
    element.scrollTop += byPx / scale().ratio;
    measure();
  };
  /** Short of the height that a browser's element may have it scrolls by itself. */
  const step = (sign: 1 | -1, px: () => number) => (isOwn() ? move(sign * px()) : false);
  const pagePx = () => place().heightPx - rowPx;
  const keys = usePartKeys("logs.part", [
    { keys: ["ArrowDown"], name: "logs.key_down", run: () => step(1, () => rowPx) },
    { keys: ["ArrowUp"], name: "logs.key_up", run: () => step(-1, () => rowPx) },
    { keys: ["PageDown", " "], name: "logs.key_page_down", run: () => step(1, pagePx) },
    { keys: ["PageUp"], name: "logs.key_page_up", run: () => step(-1, pagePx) },
    { keys: [" "], shift: true, name: "logs.key_page_up", run: () => step(-1, pagePx) },
  ]);
  const pressed = (event: KeyboardEvent) => {
    if (event.target === frame()) keys(event);
  };
  const range = createMemo(
    () => {
      const { scrollPx, heightPx } = place();
      return isWrapped()
        ? rowsAround(share(), heightPx, rowPx, count())
        : rowsBetween(placeOf(scrollPx, scale(), heightPx), heightPx, rowPx, count());
    },
    undefined,
    { equals: (one, other) => one[0] === other[0] && one[1] === other[1] },
  );
  const rows = createMemo(() => {
    const [from, to] = range();
    return Array.from({ length: to - from }, (_, i) => from + i);
  });

  /** How far below the top of all rows the drawn ones begin, in pixels. */
  const topPx = (drawn: HTMLElement) => {
    const { scrollPx, heightPx } = place();
    const [from, to] = range();
    if (!isWrapped()) {
      const top = from * rowPx - placeOf(scrollPx, scale(), heightPx);
      return scale().ratio === 1 ? from * rowPx : Math.max(0, scrollPx + top);
    }
    // All are drawn, and fit.
    if (scale().heightPx <= heightPx && from === 0 && to === count()) return 0;
    const { row, part } = anchorOf(share(), count());
    const anchor = drawn.children[row - from];
    if (!(anchor instanceof HTMLElement)) return scrollPx;
    return scrollPx + share() * heightPx - (anchor.offsetTop + part * anchor.offsetHeight);
  };
  const settle = () => {
    const [element, drawn] = [frame(), list()];
    if (element === undefined || drawn === undefined) return;
    if (isWrapped()) estimate(element, drawn);
    drawn.style.transform = `translateY(${topPx(drawn)}px)`;
  };
  let estimatedFor = "";
  /** The average is of the first rows that were drawn for a width, so that the bar stands still while one scrolls; where all are drawn it is exact. */
  const estimate = (element: HTMLElement, drawn: HTMLElement) => {
    const [from, to] = range();
    const isAll = from === 0 && to === count();
    const now = `${element.clientWidth} ${Math.ceil(Math.log2(count() + 1))}`;
    if (to === from || (!isAll && now === estimatedFor)) return;
    const nextPx = Math.max(rowPx, drawn.offsetHeight / (to - from));
    estimatedFor = now;
    if (Math.abs(nextPx - averagePx()) * count() < 1) return;
    const before = share();
    setAverage(nextPx);
    if (!isAll || scale().heightPx > element.clientHeight)
      element.scrollTop = before * (scale().heightPx - element.clientHeight);
    measure();
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
  // Behind the effects that draw the rows.
  createEffect(on([range, place, isWrapped, averagePx, list, content], settle));
  // Lines that came, or a width that changed, make rows of another height.
  createEffect(() => {
    const drawn = list();
    if (drawn === undefined || !isWrapped()) return;
    const watch = new ResizeObserver(settle);
    watch.observe(drawn);
    onCleanup(() => watch.disconnect());
  });
  createEffect(
    on(
      isWrapped,
      () => {
        estimatedFor = "";
        setAverage(rowPx);
      },
      { defer: true },
    ),
  );
  const topOf = (index: number) => {
    const row = list()?.children[index - range()[0]];
    const top = frame()?.getBoundingClientRect().top;
    return row === undefined || top === undefined ? 0 : row.getBoundingClientRect().top - top;
  };
  return {
    rows,
    heightPx: () => scale().heightPx,
    topOf,
    place(index, topPx) {
      const element = frame();
      if (element === undefined) return;
      if (!isWrapped()) {
        element.scrollTop = Math.max(0, index * rowPx - topPx) / scale().ratio;
        return measure();
      }
      // Heights are known of what is drawn: the second step is nearer.
      for (let step = 0; step < 3; step++) move(topOf(index) - topPx);
    },
    scrolled: measure,
    wheeled(event) {
      if (!isOwn() || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      const unitPx = event.deltaMode === 1 ? rowPx : event.deltaMode === 2 ? place().heightPx : 1;
      move(event.deltaY * unitPx);
    },
    show(index, where) {
      const element = frame();
      if (element === undefined) return;
      measure();
      const { clientHeight } = element;
      if (isWrapped()) {
        const exact = where === "end" && index >= count() - 1 ? 1 : (index + 0.5) / Math.max(1, count());
        element.scrollTop = exact * (scale().heightPx - clientHeight);
      } else {
        const spare = where === "end" ? clientHeight - rowPx : (clientHeight - rowPx) / 2;
        // The rows that make the list so high are drawn in this very turn.
        element.scrollTop = Math.max(0, index * rowPx - spare) / scale().ratio;
      }
      measure();
    },
  };
}
