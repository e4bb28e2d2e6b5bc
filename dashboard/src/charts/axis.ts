/** The time of a chart in steps, epoch milliseconds; `to` does not belong to it. */
export interface Steps {
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/** How many steps there are. */
export function countOf({ fromMs, toMs, stepMs }: Steps): number {
  return Math.max(1, Math.round((toMs - fromMs) / stepMs));
}

/** When a step begins and ends. */
export function stepAt(steps: Steps, at: number): { from: number; to: number } {
  const from = steps.fromMs + at * steps.stepMs;
  return { from, to: from + steps.stepMs };
}

const sizes = [1, 2, 5];

/** The least round number that is not below a value: where an axis ends. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (sizes.find((size) => size * power >= value) ?? 10) * power;
}

/** Which steps have their time written below: every so many, so that at most `most` are. */
export function labelled(count: number, most: number): number[] {
  const every = Math.ceil(count / Math.max(1, most));
  return Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every);
}

/** A choice of steps from where it began to where it is now, in their order. */
export function ordered(anchor: number, at: number): { first: number; last: number } {
  return { first: Math.min(anchor, at), last: Math.max(anchor, at) };
}
