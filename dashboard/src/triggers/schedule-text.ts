import type { Overlap, ScheduleView } from "@pulse/schema/wire/schedules";
import { exact, lasting } from "../ui/moment.tsx";
import { type Key, t } from "../words/words.ts";

/** When a schedule comes, in words: its cron expression, how often, or the one time. */
export function timingText({ cron, everyMs, at }: Pick<ScheduleView, "cron" | "everyMs" | "at">): string {
  if (cron !== null) return cron;
  if (everyMs !== null) return t("schedules.each", { time: lasting(everyMs) });
  return t("schedules.once_at", { at: at === null ? "–" : exact(at) });
}

/** What each overlap rule does, in words. */
export const overlapWords: Readonly<Record<Overlap, Key>> = {
  skip: "schedules.overlap_skip",
  bufferOne: "schedules.overlap_one",
  bufferAll: "schedules.overlap_all",
  cancelRunning: "schedules.overlap_cancel",
  allow: "schedules.overlap_allow",
};
