/** Rows beyond the edges that are kept ready. */
const overscan = 6;
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

/** Which row stands where the eye is, and how far one is in it, 0 to 1. `share`: how far the list is scrolled, 0 to 1. */
export function anchorOf(share: number, count: number): { row: number; part: number } {
  const exact = share * count;
  const row = Math.max(0, Math.min(count - 1, Math.floor(exact)));
  return { row, part: Math.min(1, exact - row) };
}

/** The rows to draw around an anchor where each is at least `rowPx` high: the first, and the one behind the last. */
export function rowsAround(share: number, heightPx: number, rowPx: number, count: number): [number, number] {
  const { row } = anchorOf(share, count);
  const from = row - Math.ceil((share * heightPx) / rowPx) - 2;
  const to = row + Math.ceil(((1 - share) * heightPx) / rowPx) + 3;
  return [Math.max(0, Math.min(from, count)), Math.min(to, count)];
}
