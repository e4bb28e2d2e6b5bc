const en = {
  period: "From {since} until {until}, made at {madeAt}. Times are UTC.",
  gap: "Not complete: what was before {since} may have been removed by retention.",
  none: "Nothing in this period.",
  one: "1 row.",
  other: "{count} rows.",
};
/** The words of the page to print; what stands in the rows and the names of columns are those of the API. */
export type ReportWords = typeof en;

const es: ReportWords = {
  period: "Desde {since} hasta {until}, creado el {madeAt}. Las horas son UTC.",
  gap: "Incompleto: es posible que la retención haya eliminado lo anterior a {since}.",
  none: "Nada en este período.",
  one: "1 fila.",
  other: "{count} filas.",
};

/** The words of a language. */
export function reportWordsIn(language: "en" | "es"): ReportWords {
  return language === "es" ? es : en;
}
