/** Spanish help texts of events, by the English ones. */
export const eventHelpEs = {
  "events that start things and that steps wait for": "eventos que inician cosas y que esperan algunos pasos",
  "emit an event: what names it as a trigger is started, and steps that wait for it go on":
    "emite un evento: inicia lo que lo nombra como disparador, y siguen los pasos que lo esperan",
  "events of the last week, newest first, and how many triggers named them and were started":
    "eventos de la última semana, lo más nuevo primero, y cuántos disparadores los nombran y se iniciaron",
  "only those of this name": "solo los de este nombre",
  "one event with what it says and what it started": "un evento con lo que dice y lo que inició",
  "what the event says: JSON, @file or @- for stdin":
    "lo que dice el evento: JSON, @archivo o @- para la entrada",
  "same key: the same event, which starts nothing again":
    "misma clave: el mismo evento, que no inicia nada otra vez",
};
