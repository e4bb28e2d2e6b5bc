/** Help of the parts of `pulse logs`, by its English text. */
export const logHelpEs: Readonly<Record<string, string>> = {
  "these lines, such as 100-200": "estas líneas, como 100-200",
  "the last lines, so many": "las últimas líneas, tantas",
  "lines with this text, whatever its case, by number; the gateway searches":
    "líneas con este texto, sin distinguir mayúsculas, con su número; busca la pasarela",
  "of a workflow's run: this step on all its targets, each line after its host":
    "de la ejecución de un flujo: este paso en todos sus destinos, cada línea tras su equipo",
};
