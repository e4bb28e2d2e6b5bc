import type { channelEn } from "./channel-en.ts";

/** Spanish texts of channels. */
export const channelEs: typeof channelEn = {
  chType: "un tipo es uno de {known}",
  chEvent: "un suceso es uno de {known}",
  chNeeds: "{type} necesita {flag}",
  chAskUrl: "La URL a la que se envían los mensajes",
  chAskToken: "El token con el que se envían los mensajes",
  chAskSecret: "El secreto con el que se firman los mensajes",
  chSecretOnce: "Este es el secreto con el que se firman los mensajes. Solo se muestra esta vez.",
  chDelivered: "entregado",
  chNotDelivered: "no entregado:",
  chQuiet: "las horas sin mensajes se escriben así: 22:00-07:00@Europe/Madrid",
};
