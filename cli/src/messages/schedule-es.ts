import type { scheduleEn } from "./schedule-en.ts";

/** Spanish texts of schedules. */
export const scheduleEs: typeof scheduleEn = {
  scWhen: "diga cuándo: --cron, --every o --at",
  scOneOf: "{flag} es uno de {known}",
};
