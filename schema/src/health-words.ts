/** What is looked at, in this order. */
export const healthCheckNames = [
  "database",
  "hub",
  "runners",
  "versions",
  "clock",
  "secrets",
  "disk",
  "backup",
] as const;
export type HealthCheckName = (typeof healthCheckNames)[number];
/** A `warning` is worth knowing and no failure. */
export type HealthStatus = "ok" | "warning" | "failed";

/** Everything that a look can find: of which check it is, and how that stands then. */
export const healthFindings = {
  database_answers: ["database", "ok"],
  database_slow: ["database", "warning"],
  database_silent: ["database", "failed"],
  hub_answers: ["hub", "ok"],
  hub_slow: ["hub", "warning"],
  hub_silent: ["hub", "failed"],
  runners_online: ["runners", "ok"],
  runners_some_away: ["runners", "warning"],
  runners_drained: ["runners", "failed"],
  runners_offline: ["runners", "failed"],
  runners_none: ["runners", "failed"],
  runners_unknown: ["runners", "failed"],
  versions_same: ["versions", "ok"],
  versions_differ: ["versions", "warning"],
  clock_in_step: ["clock", "ok"],
  clock_apart: ["clock", "failed"],
  secrets_open: ["secrets", "ok"],
  secrets_closed: ["secrets", "failed"],
  disk_room: ["disk", "ok"],
  disk_low: ["disk", "failed"],
  disk_spent: ["disk", "failed"],
  backup_recent: ["backup", "ok"],
  backup_old: ["backup", "warning"],
  backup_never: ["backup", "warning"],
} as const satisfies Readonly<Record<string, readonly [HealthCheckName, HealthStatus]>>;
export type HealthCode = keyof typeof healthFindings;
export const healthCodes = Object.keys(healthFindings) as HealthCode[];

/** What was found, and what to do about it (null: nothing); `{name}` places are filled from the finding's values. */
export type HealthWords = Readonly<Record<HealthCode, readonly [detail: string, advice: string | null]>>;

const english: HealthWords = {
  database_answers: ["the database answers in {ms} ms", null],
  database_slow: [
    "the database takes {ms} ms to answer",
    "See what else uses its disk, or the network on the way to it.",
  ],
  database_silent: [
    "the database does not answer",
    "See the gateway's log for the cause. What was accepted before is kept.",
  ],
  hub_answers: ["the hub, which hands out work, answers in {ms} ms", null],
  hub_slow: [
    "the hub, which hands out work, takes {ms} ms to answer",
    "See whether the gateway's machine is busy, and its log.",
  ],
  hub_silent: [
    "the hub, which hands out work, does not answer",
    "See the gateway's log. With several gateways: the owner's address in PULSE_HUB_URL must be reached from each.",
  ],
  runners_online: ["{online} of {all} runners are online", null],
  runners_some_away: [
    "{online} of {all} runners are online; not {names}",
    "Start those again, or delete the ones that are gone: pulse runner remove <name>.",
  ],
  runners_drained: [
    "{online} of {all} runners are online, and none of them takes work",
    "Let one work again: pulse runner resume <name>.",
  ],
  runners_offline: ["none of {all} runners is online", "Start one: pulse runner start."],
  runners_none: [
    "there is no runner in this project",
    "Add one: pulse runner token, then pulse runner start with it.",
  ],
  runners_unknown: ["runners could not be looked at", "See the gateway's log for the cause."],
  versions_same: ["runners have the gateway's version, {version}", null],
  versions_differ: [
    "the gateway has version {version}; of another: {names}",
    "Update those runners, or the gateway: at most one minor version apart is promised to work.",
  ],
  clock_in_step: ["the gateway's clock and the database's are at most {seconds} s apart", null],
  clock_apart: [
    "the gateway's clock and the database's are {seconds} s apart",
    "Set both with NTP: leases and schedules go by them.",
  ],
  secrets_open: ["the master key opens all {count} sealed values", null],
  secrets_closed: [
    "{count} sealed values are under a master key that the gateway does not have ({keys})",
    "Give the gateway that key too: PULSE_MASTER_KEY=new,old.",
  ],
  disk_room: ["the gateway's disk has room", null],
  disk_low: [
    "the gateway's disk is nearly full: nothing new is taken",
    "Keep less (pulse retention set), or make room beside Pulse.",
  ],
  disk_spent: [
    "the gateway's disk is full: nothing new is taken, and the reserve is being used up",
    "Make room beside Pulse now, then keep less: pulse retention set.",
  ],
  backup_recent: ["the last backup is {hours} h old", null],
  backup_old: [
    "the last backup is {days} days old",
    "Make one, and let it be made every night: pulse backup create.",
  ],
  backup_never: [
    "no backup is known",
    "Make one, and let it be made every night: pulse backup create --to <file>.",
  ],
};

const spanish: HealthWords = {
  database_answers: ["la base de datos contesta en {ms} ms", null],
  database_slow: [
    "la base de datos tarda {ms} ms en contestar",
    "Mira qué más usa su disco, o la red hasta ella.",
  ],
  database_silent: [
    "la base de datos no contesta",
    "Mira la causa en el registro de la pasarela. Lo que se aceptó antes está guardado.",
  ],
  hub_answers: ["el hub, que reparte el trabajo, contesta en {ms} ms", null],
  hub_slow: [
    "el hub, que reparte el trabajo, tarda {ms} ms en contestar",
    "Mira si la máquina de la pasarela está ocupada, y su registro.",
  ],
  hub_silent: [
    "el hub, que reparte el trabajo, no contesta",
    "Mira el registro de la pasarela. Con varias pasarelas: desde cada una hay que llegar a la dirección PULSE_HUB_URL de la dueña.",
  ],
  runners_online: ["{online} de {all} runners están en línea", null],
  runners_some_away: [
    "{online} de {all} runners están en línea; no {names}",
    "Vuelve a arrancar esos, o borra los que ya no están: pulse runner remove <nombre>.",
  ],
  runners_drained: [
    "{online} de {all} runners están en línea, y ninguno acepta trabajo",
    "Deja que uno vuelva a trabajar: pulse runner resume <nombre>.",
  ],
  runners_offline: ["ninguno de {all} runners está en línea", "Arranca uno: pulse runner start."],
  runners_none: [
    "no hay ningún runner en este proyecto",
    "Añade uno: pulse runner token, y después pulse runner start con él.",
  ],
  runners_unknown: ["no se pudo mirar los runners", "Mira la causa en el registro de la pasarela."],
  versions_same: ["los runners tienen la versión de la pasarela, {version}", null],
  versions_differ: [
    "la pasarela tiene la versión {version}; de otra: {names}",
    "Actualiza esos runners, o la pasarela: se promete que funciona con una versión menor de diferencia como mucho.",
  ],
  clock_in_step: [
    "el reloj de la pasarela y el de la base de datos difieren en {seconds} s como mucho",
    null,
  ],
  clock_apart: [
    "el reloj de la pasarela y el de la base de datos difieren en {seconds} s",
    "Pon los dos en hora con NTP: las concesiones y los horarios dependen de ellos.",
  ],
  secrets_open: ["la clave maestra abre los {count} valores sellados", null],
  secrets_closed: [
    "{count} valores sellados están bajo una clave maestra que la pasarela no tiene ({keys})",
    "Dale a la pasarela también esa clave: PULSE_MASTER_KEY=nueva,vieja.",
  ],
  disk_room: ["el disco de la pasarela tiene sitio", null],
  disk_low: [
    "el disco de la pasarela está casi lleno: no se acepta nada nuevo",
    "Guarda menos (pulse retention set), o haz sitio al lado de Pulse.",
  ],
  disk_spent: [
    "el disco de la pasarela está lleno: no se acepta nada nuevo, y se está gastando la reserva",
    "Haz sitio al lado de Pulse ya, y después guarda menos: pulse retention set.",
  ],
  backup_recent: ["la última copia de seguridad tiene {hours} h", null],
  backup_old: [
    "la última copia de seguridad tiene {days} días",
    "Haz una, y que se haga cada noche: pulse backup create.",
  ],
  backup_never: [
    "no se conoce ninguna copia de seguridad",
    "Haz una, y que se haga cada noche: pulse backup create --to <fichero>.",
  ],
};

/** The texts by language: the same in the API (English), the CLI and the dashboard. */
export const healthWords = { en: english, es: spanish } as const;

/** A finding as it crosses the wire. */
export interface HealthFinding {
  code: HealthCode;
  values: Readonly<Record<string, string | number>>;
}

/** What was found and what to do about it, in a language. */
export function healthText(
  { code, values }: HealthFinding,
  language: keyof typeof healthWords,
): { detail: string; advice: string | null } {
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
  const [detail, advice] = healthWords[language][code];
  return { detail: fill(detail), advice: advice === null ? null : fill(advice) };
}
