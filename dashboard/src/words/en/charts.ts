/** Texts of charts. */
export const charts = {
  "chart.nothing": "nothing",
  "chart.table": "As a table",
  "chart.time": "Time",
  "chart.keys": "Arrow keys go from step to step, with Shift they choose several, Enter filters by them.",
  "chart.keys_look": "Arrow keys go from step to step.",
} as const;
