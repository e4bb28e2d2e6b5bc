/** The class of work that never ran, so that its duration says nothing. */
export const neverRan = -1000;

const step = Math.log(1.1);

/** The class of a duration in milliseconds: each is a tenth longer than the one before it, so that a class tells a duration to within 5 %. */
export function durationClassOf(ms: number | null): number {
  if (ms === null) return neverRan;
  return Math.round(Math.log(Math.max(ms, 0.1)) / step);
}

/** The milliseconds in the middle of a class, to three digits. */
export function durationOfClass(durationClass: number): number {
  return Number(Math.exp(durationClass * step).toPrecision(3));
}
