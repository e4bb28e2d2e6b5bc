/** How two kinds of calls differ in time: Welch's t of many of each, made in random order. */
export interface Comparison {
  /** Below 4.5 in size nothing can be told from the times (the bound that dudect uses). */
  t: number;
  /** Medians, microseconds. */
  medians: readonly [number, number];
}

/** Below this nothing can be told from the times. */
export const tellsNothing = 4.5;

/** Times both kinds of calls, `samples` of each. The slowest tenth is left out: it is the machine's, not the code's. */
export async function compareTimes(
  samples: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<Comparison> {
  for (let i = 0; i < samples / 10; i++) await Promise.all([one(), other()]);
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < samples; i++) {
    const order = Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of order) {
      const begun = performance.now();
      await (which === 0 ? one() : other());
      times[which].push((performance.now() - begun) * 1000);
    }
  }
  const all = [...times[0], ...times[1]].sort((a, b) => a - b);
  const most = all[Math.floor(all.length * 0.9)] ?? Number.POSITIVE_INFINITY;
  const kept = times.map((list) => list.filter((time) => time <= most).sort((a, b) => a - b));
  const [a = [], b = []] = kept;
  const [x, y] = [momentsOf(a), momentsOf(b)];
  const t = (x.mean - y.mean) / Math.sqrt(x.variance / a.length + y.variance / b.length);
  return { t, medians: [a[a.length >> 1] ?? 0, b[b.length >> 1] ?? 0] };
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}
