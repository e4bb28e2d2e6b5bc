import { timeFormat } from "../words/formats.ts";
/** The zone of this browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A time as the clocks of a zone show it, with the day of the week, in a language. */
export function timeIn(at: string, timeZone: string, language: string): string {
  const format = timeFormat(language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  return format.format(new Date(at));
}

/** The zones in which times are shown: the schedule's, and this browser's where it is another. */
export function zonesOf(timezone: string, own: string): readonly string[] {
  return timezone === own ? [timezone] : [timezone, own];
}

/** A time as a field for date and time has it: by the clock of this browser, to the second. */
export function localText(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
