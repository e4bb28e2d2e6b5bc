import type { statusEn } from "./status-en.ts";

/** Spanish texts of the project at a glance. */
export const statusEs: typeof statusEn = {
  statusNow: "ahora: {running} en marcha, {waiting} esperando, {queued} en cola",
  statusDay: "últimas 24 h: {made} ejecuciones, {succeeded} bien, {failed} fallidas",
  statusRunners: "ejecutores: {online} de {all} en línea",
  statusPrompts: "preguntas sin responder: {count}",
  statusNext: "próxima: {name} a las {at}",
  statusNoNext: "próxima: no hay nada previsto",
  statusLastFailed: "último fallo: {name} a las {at} ({id})",
  statusStep: "por hacer: {step}",
  statusStepRunner: "conecte un ejecutor: pulse runner token",
  statusStepFunction: "despliegue una función: pulse init y luego pulse deploy",
  statusStepCall: "llámela: pulse invoke <función>",
  statusStepTrigger: "que algo la inicie: pulse schedule create o pulse webhook create",
};
