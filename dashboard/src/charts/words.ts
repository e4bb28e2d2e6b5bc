import { language } from "../words/words.ts";
import { type Steps, stepAt } from "./axis.ts";

const day = 86_400_000;

/** When a step begins, as an axis shows it: the day, or the time of day. */
export function startOf(steps: Steps, at: number): string {
  const isLong = steps.toMs - steps.fromMs > 2 * day;
  const options: Intl.DateTimeFormatOptions = isLong
    ? { day: "numeric", month: "short" }
    : { hour: "2-digit", minute: "2-digit", ...(steps.stepMs < 60_000 ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat(language(), options).format(stepAt(steps, at).from);
}

/** A step in words: `22 Nov, 14:00 – 14:30`. */
export function stepInWords(steps: Steps, first: number, last = first): string {
  const isDays = steps.stepMs >= day;
  const format = new Intl.DateTimeFormat(language(), {
    day: "numeric",
    month: "short",
    ...(isDays
      ? {}
      : { hour: "2-digit", minute: "2-digit", ...(steps.stepMs < 60_000 ? { second: "2-digit" } : {}) }),
  });
  return format.formatRange(stepAt(steps, first).from, stepAt(steps, last).to);
}
