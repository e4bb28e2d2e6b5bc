/** A value at a time (epoch ms). */
export interface Timed {
  at: number;
  value: number;
}

export const spanMs = 1_800_000;
/** Samples come every half minute: where more than two are missing the line is broken. */
const gapMs = 100_000;

/** The path of a line over the half hour before `now`, in a picture of this size. A single value is a dot. */
export function sparkPoints(
  values: readonly Timed[],
  now: number,
  most: number,
  width: number,
  height: number,
): string {
  const top = Math.max(most, ...values.map(({ value }) => value));
  const place = ({ at, value }: Timed) => {
    const x = width * Math.min(1, Math.max(0, 1 - (now - at) / spanMs));
    const y = 1 + (height - 2) * (1 - Math.max(0, value) / (top || 1));
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  let before = Number.NEGATIVE_INFINITY;
  return values
    .filter(({ at }) => now - at <= spanMs)
    .map((one) => {
      const isNext = one.at - before <= gapMs;
      before = one.at;
      // A line of no length has round ends.
      return isNext ? `L${place(one)}` : `M${place(one)}h0`;
    })
    .join("");
}
