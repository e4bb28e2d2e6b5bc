import { Cron } from "croner";

/** When a schedule's ticks are: by an expression in a time zone, every so often after its beginning, or once. Times are epoch milliseconds. */
export type Timing =
  | { kind: "cron"; cron: string; timezone: string }
  | { kind: "every"; everyMs: number; anchor: number }
  | { kind: "at"; at: number };

/** Why a time zone is none, in words; null: it is one. */
export function zoneFault(timezone: string): string | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return null;
  } catch {
    return `is no time zone such as Europe/Madrid: ${JSON.stringify(timezone.slice(0, 100))}`;
  }
}

/** Why an expression means no time, in words; null: it means some. */
export function cronFault(cron: string, timezone: string, now: number): string | null {
  try {
    const never = readCron(cron, timezone).nextRun(new Date(now)) === null;
    return never ? "means a time that never comes" : null;
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^\w+: /, "") : "it cannot be read";
    return `is no cron expression of five fields, or six with seconds first: ${said.slice(0, 200)}`;
  }
}

/** The first tick after a time; null: there is none any more. */
export function nextTick(timing: Timing, after: number): number | null {
  if (timing.kind === "at") return timing.at > after ? timing.at : null;
  if (timing.kind === "every") {
    const { everyMs, anchor } = timing;
    return anchor + Math.max(1, Math.floor((after - anchor) / everyMs) + 1) * everyMs;
  }
  // The library counts whole seconds; a tick is never before or at `after`.
  const next = known(timing.cron, timing.timezone).nextRun(new Date(after));
  return next === null ? null : next.getTime();
}

/** The next ticks after a time, at most so many. */
export function nextTicks(timing: Timing, after: number, count: number): number[] {
  const ticks: number[] = [];
  for (let at = nextTick(timing, after); at !== null && ticks.length < count; at = nextTick(timing, at)) {
    ticks.push(at);
  }
  return ticks;
}

/**
 * A time that daylight saving leaves out is the first moment after the gap; one that it repeats is the first of both, unless a field has a
 * wildcard: then it is both.
 */
function readCron(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
}

const knownMost = 1000;
const read = new Map<string, Cron>();

/** Reading an expression costs as much as finding its next time. */
function known(cron: string, timezone: string): Cron {
  const key = `${timezone} ${cron}`;
  const before = read.get(key);
  if (before !== undefined) return before;
  if (read.size >= knownMost) read.clear();
  const made = readCron(cron, timezone);
  read.set(key, made);
  return made;
}
