import type { QuietHours } from "@pulse/schema/wire/channel-rules";

const minuteMs = 60_000;
const dayMinutes = 1440;
/** No zone moves its clocks by more than this at once, but for days that were left out. */
const shiftMost = 180;

/** When quiet hours that a time lies in end (epoch ms); null: it lies in none. Wall clocks decide, also when they are changed in between. */
export function quietUntil(quiet: QuietHours, at: number): number | null {
  const clock = clockOf(quiet.timezone);
  if (!isQuiet(quiet, clock(at))) return null;
  const start = Math.floor(at / minuteMs) * minuteMs;
  const wait = (minutesOf(quiet.to) - clock(start) + dayMinutes) % dayMinutes;
  let end = start + wait * minuteMs;
  // The clocks were changed in between: the end is looked for around there.
  const off = ((clock(end) - minutesOf(quiet.to) + dayMinutes * 1.5) % dayMinutes) - dayMinutes / 2;
  end -= off * minuteMs;
  for (let i = 0; i < shiftMost && (end <= at || isQuiet(quiet, clock(end))); i++) end += minuteMs;
  for (let i = 0; i < shiftMost && end - minuteMs > at && !isQuiet(quiet, clock(end - minuteMs)); i++) {
    end -= minuteMs;
  }
  return end;
}

/** Whether a minute of the day lies between the two, the end left out; they may reach over midnight. */
function isQuiet({ from, to }: QuietHours, minute: number): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** What the clocks of a zone show, in minutes of the day. */
function clockOf(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const part = (wanted: string) => Number(parts.find(({ type }) => type === wanted)?.value ?? 0);
    return part("hour") * 60 + part("minute");
  };
}
