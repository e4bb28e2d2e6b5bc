import type { charts as english } from "../en/charts.ts";

/** Texts of charts. */
export const charts: Readonly<Record<keyof typeof english, string>> = {
  "chart.nothing": "nada",
  "chart.table": "Como tabla",
  "chart.time": "Tiempo",
  "chart.keys": "Las flechas van de un tramo a otro, con Mayúsculas eligen varios, Intro filtra por ellos.",
  "chart.keys_look": "Las flechas van de un tramo a otro.",
  "chart.part": "Un gráfico",
  "chart.key_step": "Ir de un tramo a otro",
  "chart.key_choose": "Elegir varios tramos",
  "chart.key_take": "Tomar lo elegido",
  "chart.key_leave": "No elegir nada",
};
