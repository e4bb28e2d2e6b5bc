/** How far back calls for a kind of stem cell count as a burst. */
const burstMs = 10_000;
const most = 3;

/** How many stem cells of a kind are kept ready: one, and up to three while they are taken in quick succession. `takes` are their times, in order. */
export function stemsAhead(takes: readonly number[], now: number): number {
  const recent = takes.filter((at) => now - at < burstMs).length;
  return Math.min(most, Math.max(1, recent));
}
