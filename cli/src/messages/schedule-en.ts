/** English texts of schedules. */
export const scheduleEn = {
  scWhen: "say when: --cron, --every or --at",
  scOneOf: "{flag} is one of {known}",
};
