import { eventHelpEs } from "./event-help-es.ts";
import { webhookHelpEs } from "./webhook-help-es.ts";

const scheduleHelpEs = {
  "what is started at times, and what became of it": "lo que se inicia a ciertas horas, y en qué quedó",
  "schedules, when they come, and what they start": "las programaciones, cuándo llegan y qué inician",
  "one schedule with its settings": "una programación con sus ajustes",
  "start a function or a workflow at times": "inicia una función o un flujo de trabajo a ciertas horas",
  "five fields, or six with seconds first: '0 3 * * *'":
    "cinco campos, o seis con los segundos delante: '0 3 * * *'",
  "so often, counted from now: 15m": "cada tanto, contado desde ahora: 15m",
  "once, RFC 3339": "una vez, RFC 3339",
  "whose clock the expression means, such as Europe/Madrid; UTC unless said":
    "el reloj al que se refiere la expresión, como Europe/Madrid; UTC si no se dice",
  "an input; may be repeated": "una entrada; se puede repetir",
  "skip, bufferOne, bufferAll, cancelRunning, allow; skip unless said":
    "skip, bufferOne, bufferAll, cancelRunning, allow; skip si no se dice",
  "how late a tick may start, 1h unless said": "con cuánto retraso puede iniciarse; 1h si no se dice",
  "start each tick up to so much later": "inicia cada vez hasta tanto más tarde",
  "begin paused": "empieza en pausa",
  "when it comes next, here and on its own clock; or when one with these times would, were it made":
    "cuándo llega de nuevo, aquí y en su propio reloj; o cuándo llegaría una con estas horas si se hiciera",
  "so many times, 10 unless said": "tantas veces; 10 si no se dice",
  "what became of its ticks, newest first, with the reason where nothing was started":
    "en qué quedó cada vez, lo más nuevo primero, con el motivo si no se inició nada",
  "waiting, buffered, starting, started, skipped, missed, failed":
    "waiting, buffered, starting, started, skipped, missed, failed",
  "let it start nothing until it is resumed": "que no inicie nada hasta que se reanude",
  "why, for whoever looks": "por qué, para quien lo mire",
  "let it go on; what it did not do is listed as missed": "que siga; lo que no hizo figura como perdido",
  "run it now, paused or not": "ejecútala ahora, en pausa o no",
  "another rule than its own, for this time": "otra regla que la suya, por esta vez",
  "delete it with its ticks; what they started stays": "la borra con sus veces; lo que iniciaron se queda",
};

/** Spanish help texts of what starts work by itself, by the English ones. */
export const triggerHelpEs = { ...webhookHelpEs, ...eventHelpEs, ...scheduleHelpEs };
