import type { upgradeEn } from "./upgrade-en.ts";

/** Spanish texts of how programs stand to the gateway. */
export const upgradeEs: typeof upgradeEn = {
  upgradeCurrent: "como la pasarela",
  upgradeBehind: "más antiguo",
  upgradeAhead: "más nuevo",
  upgradeRebuilt: "la misma versión, hecha de otras fuentes",
  upgradeUnknown: "nunca se ha conectado",
  upgradeByLine: "la línea de pulse runner add, otra vez en su máquina; no hace falta otro testigo",
  upgradeBySource: "no se instaló desde la pasarela: actualízalo donde se instaló y arráncalo de nuevo",
  upgradeCli: "usa el CLI de la versión de la pasarela",
};

/** Spanish help texts of the same, by the English ones. */
export const upgradeHelpEs = {
  "which runners and which CLI are not of the gateway's version, and what to do":
    "qué ejecutores y qué CLI no son de la versión de la pasarela, y qué hacer",
  "end with code 20 when one is not": "termina con código 20 cuando alguno no lo es",
};
