import { timeOfFilter } from "@pulse/schema/filter/fits-filter";
import type { Condition } from "@pulse/schema/filter/read-filter";

/** A time in steps, epoch milliseconds; `to` does not belong to it. */
export interface Span {
  from: number;
  to: number;
  stepMs: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const sizes = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28].map((n) => n * day),
];

/** The time that conditions speak of, the last 24 hours where they do not say, in at most so many steps of a size that people count in. */
export function spanOf(conditions: readonly Condition[], nowMs: number, steps: number): Span {
  const times = (on: "since" | "until") =>
    conditions.flatMap((one) => (one.on === on ? [timeOfFilter(one.time, nowMs)] : []));
  const until = Math.min(nowMs, ...times("until"));
  const since = Math.min(
    until,
    Math.max(...times("since"), ...(times("since").length === 0 ? [until - day] : [])),
  );
  // One step may be lost where the steps begin before the time does.
  const least = Math.max(1, (until - since) / Math.max(1, steps - 1));
  const stepMs = sizes.find((size) => size >= least) ?? Math.ceil(least / day) * day;
  const from = Math.floor(since / stepMs) * stepMs;
  return { from, to: Math.max(from + stepMs, Math.ceil((until + 1) / stepMs) * stepMs), stepMs };
}
