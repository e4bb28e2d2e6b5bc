import type { splitEn } from "./split-en.ts";

/** Spanish texts of splits and previews. */
export const splitEs: typeof splitEn = {
  split: "{name}: v{version} recibe el {weight} % de las llamadas de {alias}",
  notSplit: "{name}: {alias} está solo en v{version}; no hay otra versión con la que repartir sus llamadas",
  promoted: "{name}: {alias} es ahora solo v{version}",
  splitEnded: "{name}: live vuelve a ser solo v{version}",
  noSplit: "{alias} de {name} no está repartido: no hay nada que promover",
  badNumber: "{flag} toma un porcentaje o un número mayor que 0, y vino {given}",
  onlyWithCanary: "--max-error-rate, --min-calls y --window dicen cuándo acaba un reparto: van con --canary",
  previewAlone: "--preview tiene su propio alias: no va con --alias, --canary ni --no-promote",
  canaryWaits:
    "--canary reparte cuando la versión está construida: no va con --no-wait, --no-promote ni --ttl",
  noBranch: "{dir} no está en una copia con rama: diga cuál, como en --preview fix-login",
};
