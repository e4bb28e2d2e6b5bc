import type { upgradeEn } from "./upgrade-en.ts";

/** Spanish texts of how programs stand to the gateway. */
export const upgradeEs: typeof upgradeEn = {
  upgradeCurrent: "como la pasarela",
  upgradeBehind: "más antiguo",
  upgradeAhead: "más nuevo",
  upgradeRebuilt: "la misma versión, hecha de otras fuentes",
  upgradeUnknown: "nunca se ha conectado",
  upgradeByLine:
    "pulse upgrade runners, o la línea de pulse runner add otra vez en su máquina; no hace falta otro testigo",
  upgradeBySource: "no se instaló desde la pasarela: actualízalo donde se instaló y arráncalo de nuevo",
  upgradeCli: "usa el CLI de la versión de la pasarela",
  upgradeStand: "{state}, a {version}, ola {wave} de {waves}",
  upgradeNone: "desde esta pasarela aún no se ha actualizado ningún ejecutor",
  upgradePlanned: "previsto",
  upgradeRunning: "en curso",
  upgradeSucceeded: "todos actualizados",
  upgradeFailed: "ha fallado, y no empiezan más olas",
  upgradeStopped: "detenido",
  upgradeWaiting: "le llegará su turno",
  upgradeUntold: "no se le avisó",
  upgradeTold: "avisado: se vacía y arranca de nuevo",
  upgradeUpgraded: "actualizado",
  upgradeRunnerFailed: "no actualizado",
  upgradeLeft: "se deja como está",
};

/** Spanish help texts of the same, by the English ones. */
export const upgradeHelpEs = {
  "which runners and which CLI are not of the gateway's version, and what to do":
    "qué ejecutores y qué CLI no son de la versión de la pasarela, y qué hacer",
  "end with code 20 when one is not": "termina con código 20 cuando alguno no lo es",
  "upgrade runners to what the gateway hands out, in waves: upgrade runners 'web & prod'":
    "actualiza ejecutores a lo que reparte la pasarela, por olas: upgrade runners 'web & prod'",
  "runners of a wave: a number, or a share such as 10%":
    "ejecutores de una ola: un número, o una parte como 10%",
  "between two waves": "entre dos olas",
  "how long a runner may take until it is up again":
    "cuánto puede tardar un ejecutor hasta que vuelve a estar en marcha",
  "also runners of a later version go back to what the gateway hands out":
    "también los ejecutores de una versión posterior vuelven a lo que reparte la pasarela",
  "only tell what would be done": "dice solo lo que se haría",
  "until it has ended, at most so many seconds; code 10 when it failed":
    "hasta que termine, como mucho tantos segundos; código 10 cuando ha fallado",
  "the upgrade of runners that is under way, or the last one":
    "la actualización de ejecutores en curso, o la última",
  "begin no more waves of an upgrade of runners": "no empieza más olas de una actualización de ejecutores",
};
