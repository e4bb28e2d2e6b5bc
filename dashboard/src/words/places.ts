/** The places of the dashboard, each with its texts, which come with the parts that show them (`lazily`). */
export const places = {
  access: {
    en: async () => (await import("./en/access.ts")).access,
    es: async () => (await import("./es/access.ts")).access,
  },
  builder: {
    en: async () => (await import("./en/builder.ts")).builder,
    es: async () => (await import("./es/builder.ts")).builder,
  },
  channels: {
    en: async () => (await import("./en/channels.ts")).channels,
    es: async () => (await import("./es/channels.ts")).channels,
  },
  charts: {
    en: async () => (await import("./en/charts.ts")).charts,
    es: async () => (await import("./es/charts.ts")).charts,
  },
  course: {
    en: async () => (await import("./en/course.ts")).course,
    es: async () => (await import("./es/course.ts")).course,
  },
  executions: {
    en: async () => (await import("./en/executions.ts")).executions,
    es: async () => (await import("./es/executions.ts")).executions,
  },
  functions: {
    en: async () => (await import("./en/functions.ts")).functions,
    es: async () => (await import("./es/functions.ts")).functions,
  },
  home: {
    en: async () => (await import("./en/home.ts")).home,
    es: async () => (await import("./es/home.ts")).home,
  },
  kv: {
    en: async () => (await import("./en/kv.ts")).kv,
    es: async () => (await import("./es/kv.ts")).kv,
  },
  logs: {
    en: async () => (await import("./en/logs.ts")).logs,
    es: async () => (await import("./es/logs.ts")).logs,
  },
  palette: {
    en: async () => (await import("./en/palette.ts")).palette,
    es: async () => (await import("./es/palette.ts")).palette,
  },
  runners: {
    en: async () => (await import("./en/runners.ts")).runners,
    es: async () => (await import("./es/runners.ts")).runners,
  },
  schedules: {
    en: async () => (await import("./en/schedules.ts")).schedules,
    es: async () => (await import("./es/schedules.ts")).schedules,
  },
  settings: {
    en: async () => (await import("./en/settings.ts")).settings,
    es: async () => (await import("./es/settings.ts")).settings,
  },
  setup: {
    en: async () => (await import("./en/setup.ts")).setup,
    es: async () => (await import("./es/setup.ts")).setup,
  },
  shell: {
    en: async () => (await import("./en/shell.ts")).shell,
    es: async () => (await import("./es/shell.ts")).shell,
  },
  sources: {
    en: async () => (await import("./en/sources.ts")).sources,
    es: async () => (await import("./es/sources.ts")).sources,
  },
  triggers: {
    en: async () => (await import("./en/triggers.ts")).triggers,
    es: async () => (await import("./es/triggers.ts")).triggers,
  },
  upgrades: {
    en: async () => (await import("./en/upgrades.ts")).upgrades,
    es: async () => (await import("./es/upgrades.ts")).upgrades,
  },
  webhooks: {
    en: async () => (await import("./en/webhooks.ts")).webhooks,
    es: async () => (await import("./es/webhooks.ts")).webhooks,
  },
  workflows: {
    en: async () => (await import("./en/workflows.ts")).workflows,
    es: async () => (await import("./es/workflows.ts")).workflows,
  },
} as const;

export type Place = keyof typeof places;
