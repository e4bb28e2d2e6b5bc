/** Observed idle times, counted in steps that grow by half: step `i` holds gaps up to `stepMs(i)`. */
export interface Gaps {
  counts: number[];
}

const steps = 34;
const firstStepMs = 250;
const growth = 1.5;
/** So many gaps must have been seen before they decide. */
const enough = 10;
/** Beyond this, older gaps count half: habits change. */
const remembered = 200;
const share = 0.95;
const leastMs = 60_000;

const stepMs = (step: number): number => firstStepMs * growth ** step;

/** No gap seen yet. */
export function noGaps(): Gaps {
  return { counts: new Array<number>(steps).fill(0) };
}

/** Counts one idle time, milliseconds; what is longer than a few days counts as that. */
export function addGap(gaps: Gaps, ms: number): Gaps {
  const total = gaps.counts.reduce((sum, count) => sum + count, 0);
  const counts = total < remembered ? [...gaps.counts] : gaps.counts.map((count) => count / 2);
  const found = Math.ceil(Math.log(Math.max(ms, firstStepMs) / firstStepMs) / Math.log(growth));
  const step = Math.min(steps - 1, Math.max(0, found));
  counts[step] = (counts[step] ?? 0) + 1;
  return { counts };
}

/**
 * How long an idle cell stays, milliseconds: long enough for 95 of 100 idle times as they were seen, at least a minute, and never longer than
 * `mostMs`, the setting; the whole setting until ten were seen.
 */
export function keepAliveOf(gaps: Gaps, mostMs: number): number {
  const total = gaps.counts.reduce((sum, count) => sum + count, 0);
  if (total < enough) return mostMs;
  let seen = 0;
  for (const [step, count] of gaps.counts.entries()) {
    seen += count;
    // The last step has no upper end.
    if (seen < share * total || step === steps - 1) continue;
    return Math.min(mostMs, Math.max(leastMs, stepMs(step)));
  }
  return mostMs;
}
