import type { dailyEn } from "./daily-en.ts";

/** Spanish texts of `up`, `diff` and `open`. */
export const dailyEs: typeof dailyEn = {
  dfSame: "nada difiere de {against}",
  dfNoText: "difiere, y no es texto o es demasiado grande para mostrarlo",
  opNoBrowser: "aquí no se pudo abrir un navegador: abra la dirección de arriba",
  opNothing: "nada tiene aquí el nombre o id {what}",
  upNotHere: "no hay ninguna pasarela junto a esta orden: se instaló sola",
  upHint: "úsela en una copia de Pulse o instale una pasarela: docs/install.md",
};
