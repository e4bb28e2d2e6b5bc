/** Spanish help texts of events, by the English ones. */
export const eventHelpEs = {
  "events that start things and that steps wait for": "eventos que inician cosas y que esperan algunos pasos",
  "emit an event: what names it as a trigger is started, and steps that wait for it go on":
    "emite un evento: inicia lo que lo nombra como disparador, y siguen los pasos que lo esperan",
  "what the event says: JSON, @file or @- for stdin":
    "lo que dice el evento: JSON, @archivo o @- para la entrada",
  "same key: the same event, which starts nothing again":
    "misma clave: el mismo evento, que no inicia nada otra vez",
};
