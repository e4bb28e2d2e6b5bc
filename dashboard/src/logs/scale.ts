/** Rows beyond the edges that are kept ready. */
const overscan = 12;
/** No browser makes an element higher than some tens of millions of pixels; Firefox the least. */
const highestPx = 15_000_000;

/** How a list that is higher than any element is scrolled in one that is not. */
export interface Scale {
  /** How high the element is. */
  heightPx: number;
  /** Pixels of the list for each of the scroll bar; 1 where the list fits. */
  ratio: number;
}

/** The scale of a list in a frame, both by their heights. */
export function scaleOf(listPx: number, frameHeightPx: number): Scale {
  if (listPx <= highestPx) return { heightPx: listPx, ratio: 1 };
  return { heightPx: highestPx, ratio: (listPx - frameHeightPx) / (highestPx - frameHeightPx) };
}

/** What of the list is at the top of the frame. */
export function placeOf(scrollPx: number, { heightPx, ratio }: Scale, frameHeightPx: number): number {
  if (ratio === 1) return scrollPx;
  // The browser rounds: at its end the bar shows the list's end.
  const lastPx = heightPx - frameHeightPx;
  return Math.min(scrollPx >= lastPx - 1 ? lastPx : scrollPx, lastPx) * ratio;
}

/** The first row to draw and the one behind the last. */
export function rowsBetween(topPx: number, heightPx: number, rowPx: number, count: number): [number, number] {
  const from = Math.max(0, Math.floor(topPx / rowPx) - overscan);
  return [Math.min(from, count), Math.min(count, Math.ceil((topPx + heightPx) / rowPx) + overscan)];
}
