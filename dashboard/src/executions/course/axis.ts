/** A stretch of time, epoch milliseconds; `toMs` null: it goes on. `isIdle`: nothing is done meanwhile. */
export interface Stretch {
  fromMs: number;
  toMs: number | null;
  isIdle: boolean;
}

/** A time in which nothing was done, drawn short; milliseconds of the epoch, percent of the whole width. */
export interface Gap {
  fromMs: number;
  toMs: number;
  fromPercent: number;
  widthPercent: number;
}

/** Where times stand on a line of 100 percent. */
export interface Axis {
  fromMs: number;
  toMs: number;
  gaps: readonly Gap[];
  /** The place of a time; what is before the line stands at 0, what is behind it at 100. */
  place(ms: number): number;
}

const idleLeastMs = 1000;
const gapPercent = 8;
const gapsMostPercent = 40;

/**
 * A line from the first time to the last in which idle time is collapsed: what no stretch that is not idle covers, for a second or longer and for
 * longer than half of all that was done, is a gap of a fixed width. What goes on ends `nowMs`.
 */
export function axisOf(stretches: readonly Stretch[], nowMs: number): Axis {
  const ended = stretches.map((one) => ({ ...one, endMs: Math.max(one.fromMs, one.toMs ?? nowMs) }));
  const fromMs = ended.reduce((first, one) => Math.min(first, one.fromMs), Number.POSITIVE_INFINITY);
  const toMs = ended.reduce((last, one) => Math.max(last, one.endMs), Number.NEGATIVE_INFINITY);
  if (ended.length === 0) return { fromMs: nowMs, toMs: nowMs, gaps: [], place: () => 0 };
  const busy = merged(ended.filter(({ isIdle }) => !isIdle));
  const busyMs = busy.reduce((sum, one) => sum + one.endMs - one.fromMs, 0);
  const idle = between(busy, fromMs, toMs).filter(
    ({ fromMs: from, endMs }) => busyMs > 0 && endMs - from >= idleLeastMs && endMs - from > busyMs / 2,
  );
  const widthPercent = Math.min(gapPercent, gapsMostPercent / Math.max(1, idle.length));
  const shownMs = idle.reduce((sum, one) => sum - (one.endMs - one.fromMs), toMs - fromMs);
  const perMs = shownMs > 0 ? (100 - widthPercent * idle.length) / shownMs : 0;
  const gaps: Gap[] = [];
  let hiddenMs = 0;
  for (const one of idle) {
    const fromPercent = (one.fromMs - fromMs - hiddenMs) * perMs + gaps.length * widthPercent;
    gaps.push({ fromMs: one.fromMs, toMs: one.endMs, fromPercent, widthPercent });
    hiddenMs += one.endMs - one.fromMs;
  }
  return { fromMs, toMs, gaps, place: (ms) => placeOn(gaps, fromMs, perMs, ms) };
}

function placeOn(gaps: readonly Gap[], fromMs: number, perMs: number, ms: number): number {
  let at = (ms - fromMs) * perMs;
  for (const gap of gaps) {
    if (ms <= gap.fromMs) break;
    const lengthMs = gap.toMs - gap.fromMs;
    const passedMs = Math.min(ms, gap.toMs) - gap.fromMs;
    at += (passedMs / lengthMs) * gap.widthPercent - passedMs * perMs;
  }
  return Math.min(100, Math.max(0, at));
}

interface Covered {
  fromMs: number;
  endMs: number;
}

/** What the stretches cover together, in order and apart from each other. */
function merged(stretches: readonly Covered[]): Covered[] {
  const whole: Covered[] = [];
  for (const { fromMs, endMs } of [...stretches].sort((one, other) => one.fromMs - other.fromMs)) {
    const last = whole.at(-1);
    if (last !== undefined && fromMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else whole.push({ fromMs, endMs });
  }
  return whole;
}

/** What lies between, before the first and behind the last. */
function between(covered: readonly Covered[], fromMs: number, toMs: number): Covered[] {
  const edges = [fromMs, ...covered.flatMap((one) => [one.fromMs, one.endMs]), toMs];
  const found: Covered[] = [];
  for (let at = 0; at + 1 < edges.length; at += 2) {
    const [from = 0, to = 0] = edges.slice(at, at + 2);
    if (to > from) found.push({ fromMs: from, endMs: to });
  }
  return found;
}
