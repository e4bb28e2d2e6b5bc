import { timeFormat } from "../words/formats.ts";
import { language } from "../words/words.ts";
import { type Steps, stepAt } from "./axis.ts";

const day = 86_400_000;

/** The time of day on a clock of 24 hours, as everywhere here. */
function timeOfDay({ stepMs }: Steps): Intl.DateTimeFormatOptions {
  const seconds: Intl.DateTimeFormatOptions = stepMs < 60_000 ? { second: "2-digit" } : {};
  return { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...seconds };
}

/** When a step begins, as an axis shows it: the day, or the time of day. */
export function startOf(steps: Steps, at: number): string {
  const isLong = steps.toMs - steps.fromMs > 2 * day;
  const options: Intl.DateTimeFormatOptions = isLong ? { day: "numeric", month: "short" } : timeOfDay(steps);
  return timeFormat(language(), options).format(stepAt(steps, at).from);
}

/** A step in words: `22 Nov, 14:00 – 14:30`. */
export function stepInWords(steps: Steps, first: number, last = first): string {
  const isDays = steps.stepMs >= day;
  const format = timeFormat(language(), {
    day: "numeric",
    month: "short",
    ...(isDays ? {} : timeOfDay(steps)),
  });
  return format.formatRange(stepAt(steps, first).from, stepAt(steps, last).to);
}
