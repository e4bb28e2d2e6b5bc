import type { logs as english } from "../en/logs.ts";

/** Texts of the log viewer. */
export const logs: Readonly<Record<keyof typeof english, string>> = {
  "logs.search": "Buscar en el registro",
  "logs.hits.one": "{count} línea",
  "logs.hits.other": "{count} líneas",
  "logs.previous": "Coincidencia anterior",
  "logs.next": "Coincidencia siguiente",
  "logs.state_following": "en directo",
  "logs.state_ended": "completo",
  "logs.state_broken": "reconectando…",
  "logs.state_missing": "sin registro",
  "logs.pause": "Pausar",
  "logs.resume": "Seguir",
  "logs.download": "Descargar",
  "logs.lines": "Líneas del registro",
  "logs.none": "No se registró nada.",
  "logs.waiting": "Aún no se ha registrado nada.",
  "logs.link": "Enlace a la línea {line}",
  "logs.cut": "… {count} caracteres más",
  "logs.times": "Horas",
  "logs.looked": "{percent} % buscado",
};
