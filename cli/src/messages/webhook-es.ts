import type { webhookEn } from "./webhook-en.ts";

/** Spanish texts of webhooks. */
export const webhookEs: typeof webhookEn = {
  whProvider: "un proveedor es uno de {known}",
  whTarget: "diga qué inicia: --function o --workflow",
  whAskSecret: "El secreto que muestra {provider}",
  whSecretOnce: "La segunda línea es el secreto. Solo se muestra esta vez.",
  whTriggerSecretOnce: "El secreto es la tercera palabra de su línea. Solo se muestra esta vez.",
  whRotated: "{name}: el secreto anterior vale hasta {until}",
  whOneOrSince: "nombre una entrega o diga --since",
  whStatus: "un estado es uno de {known}",
  whCapturing: "esperando la próxima entrega a {url}; no inicia nada",
};
