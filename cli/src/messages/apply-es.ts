import type { applyEn } from "./apply-en.ts";

/** Spanish texts of `pulse apply`. */
export const applyEs: typeof applyEn = {
  apNoFile: "no hay ningún pulse.yaml en {dir}",
  apReally: "¿Hacerlo? [s/N] ",
  apCreated: "{kind} {name}: hecho",
  apChanged: "{kind} {name}: cambiado",
  apRemoved: "{kind} {name}: eliminado",
  apNothing: "todo está como dice la carpeta",
  apNeedsPrune: "(con --prune)",
  apSame: "{count} como deben estar",
  apTwice: "{name} está dos veces, o también se elimina",
  apWebhookFirst:
    "el secreto de {provider} no es para un repositorio: pulse webhook create {name} --provider {provider}, y luego apply",
  wfWebhookGone:
    "el webhook {name} ya no existe: su dirección no acepta nada más (un disparador con id la conserva con otro nombre)",
  apProviderStays: "el proveedor del webhook {name} es {provider} y no cambia: dele otro nombre",
  apChannelFirst: "su dirección es un secreto: pulse channel create {name} --type {type}, y luego apply",
  apTypeStays: "el tipo del canal {name} es {type} y no cambia: dele otro nombre",
  apKind_channel: "canal",
  apKind_function: "función",
  apKind_workflow: "flujo de trabajo",
  apKind_schedule: "programación",
  apKind_webhook: "webhook",
};
