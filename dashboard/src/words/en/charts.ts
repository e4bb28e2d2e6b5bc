/** Texts of charts. */
export const charts = {
  "chart.nothing": "nothing",
  "chart.table": "As a table",
  "chart.time": "Time",
  "chart.keys": "Arrow keys go from step to step, with Shift they choose several, Enter filters by them.",
  "chart.keys_look": "Arrow keys go from step to step.",
  "chart.part": "A chart",
  "chart.key_step": "Go from step to step",
  "chart.key_choose": "Choose several steps",
  "chart.key_take": "Take what is chosen",
  "chart.key_leave": "Choose nothing",
} as const;
