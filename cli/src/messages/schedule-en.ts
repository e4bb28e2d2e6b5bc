/** English texts of schedules. */
export const scheduleEn = {
  scWhen: "say when: --cron, --every or --at",
  scNamedOrTimes: "name a schedule, or say times, not both",
  scOneOf: "{flag} is one of {known}",
};
