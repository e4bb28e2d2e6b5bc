/** The next hit behind a line (or before it), round the end; null without hits. Lines are counted from 1, 0 is before all. */
export function nextHit(hits: readonly number[], at: number, step: 1 | -1): number | null {
  if (step === 1) return hits.find((hit) => hit > at) ?? hits[0] ?? null;
  return hits.findLast((hit) => hit < at) ?? hits.at(-1) ?? null;
}
