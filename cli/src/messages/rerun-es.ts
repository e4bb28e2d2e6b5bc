import type { rerunEn } from "./rerun-en.ts";

/** Spanish texts of running again and comparing. */
export const rerunEs: typeof rerunEn = {
  rerunStarted: "{of} se ejecuta otra vez como {id}",
  diffBefore: "antes",
  diffAfter: "después",
  diffDefinition: "Definición",
  diffInputs: "Entradas",
  diffSteps: "Pasos",
  diffOutput: "Resultado",
  diffLogs: "Registro",
  diffSame: "Son iguales, salvo los tiempos.",
  diffDiffer: "Son distintas.",
  diffReused: "tomado de la anterior",
  diffNone: "no está",
  diffCut: "Hay más: solo se compara o se muestra una parte.",
  diffSameSteps: "{count} iguales",
};
