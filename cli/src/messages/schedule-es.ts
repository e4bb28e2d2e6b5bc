import type { scheduleEn } from "./schedule-en.ts";

/** Spanish texts of schedules. */
export const scheduleEs: typeof scheduleEn = {
  scWhen: "diga cuándo: --cron, --every o --at",
  scNamedOrTimes: "nombra una programación o di las horas, no ambas cosas",
  scOneOf: "{flag} es uno de {known}",
};
