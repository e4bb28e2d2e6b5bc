import { formatDuration } from "@pulse/schema/duration-text";
import type { Timing } from "./schedule-queries.ts";
import { localText } from "./zone-time.ts";

/** When a schedule comes, as a form says it. */
export interface TimingFields {
  kind: "cron" | "every" | "at";
  /** A cron expression, a length of time such as `15m`, or a local time as a browser's field gives it. */
  text: string;
}

/** The timing as the API takes it; null: the local time is none. What expressions may be is the gateway's to say. */
export function readTiming({ kind, text }: TimingFields): Timing | null {
  if (kind === "cron") return { cron: text };
  if (kind === "every") return { every: text };
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : { at: at.toISOString() };
}

/** The form of when a schedule comes; the other way round of `readTiming`. */
export function timingFields({
  cron,
  everyMs,
  at,
}: {
  cron: string | null;
  everyMs: number | null;
  at: string | null;
}): TimingFields {
  if (cron !== null) return { kind: "cron", text: cron };
  if (everyMs !== null) return { kind: "every", text: formatDuration(everyMs) };
  return { kind: "at", text: at === null ? "" : localText(new Date(at)) };
}
