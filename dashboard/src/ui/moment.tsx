import { createSignal, type JSX, Show } from "solid-js";
import { agoFormat, timeFormat } from "../words/formats.ts";
import { language, number, t } from "../words/words.ts";

const tickMs = 10_000;
const [now, setNow] = createSignal(Date.now());
setInterval(() => setNow(Date.now()), tickMs);

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** How long ago (or ahead) a time is, in words. */
export function ago(atMs: number, nowMs: number): string {
  const delta = atMs - nowMs;
  const [unit, ms] = units.find(([, size]) => Math.abs(delta) >= size) ?? units[3];
  if (Math.abs(delta) < 5000) return t("time.now");
  return agoFormat(language()).format(Math.round(delta / ms), unit);
}

/** A time in the reader's zone and language, to the second. */
export function exact(at: string): string {
  const options = { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" } as const;
  return timeFormat(language(), options).format(new Date(at));
}

const clockOptions = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
} as const;

/** The time of day to the millisecond, in the reader's zone: `09:30:15.042`. */
export function clock(at: string): string {
  return timeFormat(language(), clockOptions).format(new Date(at));
}

/** A time as "3 min ago", with the exact one behind it; null: never. */
export function Moment(props: { at: string | null }): JSX.Element {
  return (
    <Show when={props.at} fallback={<span class="text-muted">{t("time.never")}</span>}>
      {(at) => (
        <time datetime={at()} title={exact(at())} class="whitespace-nowrap">
          {ago(Date.parse(at()), Math.max(now(), Date.now()))}
        </time>
      )}
    </Show>
  );
}

/** Milliseconds in words: `4 ms`, `1.2 s`, `3 min 5 s`, `2 h`. */
export function lasting(ms: number): string {
  const format = (value: number, unit: string, digits = 0) =>
    number(value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits });
  if (ms < 1000) return format(Math.round(ms), "millisecond");
  if (ms < 60_000) return format(ms / 1000, "second", 1);
  const minutes = Math.floor(ms / 60_000);
  const both = (whole: string, rest: number, unit: string) =>
    rest === 0 ? whole : `${whole} ${format(rest, unit)}`;
  if (minutes < 60) return both(format(minutes, "minute"), Math.floor((ms % 60_000) / 1000), "second");
  return both(format(Math.floor(minutes / 60), "hour"), minutes % 60, "minute");
}
