/** Spanish help texts of channels, by the English ones. */
export const channelHelpEs = {
  "where messages go, what they tell, and their log": "a dónde van los mensajes, qué cuentan, y su registro",
  "channels, and how the last message went": "los canales, y cómo fue el último mensaje",
  "make a channel; its address or token is read from standard input, or --secret-file":
    "crea un canal; su dirección o su token se lee de la entrada estándar o de --secret-file",
  "email, slack, discord, telegram, ntfy, teams, webhook":
    "email, slack, discord, telegram, ntfy, teams, webhook",
  "other settings in place of all that it has": "otros ajustes en lugar de todos los que tiene",
  "one channel, never its credential": "un canal, nunca su credencial",
  "let messages go there again": "que vuelvan a ir mensajes allí",
  "send nothing there": "que no se envíe nada allí",
  "delete it with its rules and its log": "lo borra con sus reglas y su registro",
  "of email: whom mail goes to; may be repeated": "de email: a quién va el correo; se puede repetir",
  "of telegram: the number of a chat, or @name": "de telegram: el número de un chat, o @nombre",
  "of telegram: a topic of a group": "de telegram: un tema de un grupo",
  "of ntfy: the topic": "de ntfy: el tema",
  "of telegram and ntfy: a server of one's own": "de telegram y ntfy: un servidor propio",
  "of webhook: the secret that signs, where it is not to be made":
    "de webhook: el secreto que firma, si no se ha de crear",
  "the URL or the token; - is standard input": "la URL o el token; - es la entrada estándar",
  "send a message now, and show what the receiver answered":
    "envía un mensaje ahora y muestra qué respondió el receptor",
  "what it says": "qué dice",
  "what was sent and what became of it, newest first": "qué se envió y en qué quedó, lo más nuevo primero",
  "waiting, delivered, refused, failed, lost": "waiting, delivered, refused, failed, lost",
  "send a message again": "envía otra vez un mensaje",
  "what a channel is told of": "qué se cuenta a un canal",
  "tell a channel of events, or change how; what is not said stays":
    "cuenta sucesos a un canal, o cambia cómo; lo que no se dice se queda",
  "failed, recovered, prompt, runner-offline, runner-online, deploy, split-rollback, quota; may be repeated":
    "failed, recovered, prompt, runner-offline, runner-online, deploy, split-rollback, quota; se puede repetir",
  "what is told, such as \"execution.name === 'nightly'\"; none: everything":
    "qué se cuenta, como \"execution.name === 'nightly'\"; none: todo",
  "failures in a row until one is told, 1 unless said":
    "fallos seguidos hasta que se cuenta uno; 1 si no se dice",
  "tell together what comes within this time; none: at once":
    "cuenta junto lo que llega en este tiempo; none: enseguida",
  "hours without messages, such as 22:00-07:00@Europe/Madrid; none: never":
    "horas sin mensajes, como 22:00-07:00@Europe/Madrid; none: ninguna",
  "the title of a message; may have templates": "el título de un mensaje; puede tener plantillas",
  "the text of a message; may have templates": "el texto de un mensaje; puede tener plantillas",
  "let it tell again": "que vuelva a contar",
  "let it tell nothing": "que no cuente nada",
  "tell a channel of this no more": "deja de contar esto a un canal",
};
