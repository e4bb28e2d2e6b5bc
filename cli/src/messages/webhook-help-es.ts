/** Spanish help texts of webhooks, by the English ones. */
export const webhookHelpEs = {
  "addresses that providers deliver to, and their log":
    "direcciones a las que entregan los proveedores, y su registro",
  "webhooks, what they start, and when they last heard something":
    "los webhooks, qué inician y cuándo oyeron algo por última vez",
  "make an address; a secret that is made here is shown once":
    "crea una dirección; un secreto hecho aquí se muestra una vez",
  "github, gitea, forgejo, gitlab, gitlab-token, stripe, slack, standard, hmac":
    "github, gitea, forgejo, gitlab, gitlab-token, stripe, slack, standard, hmac",
  "the function that it starts, also name@version": "la función que inicia, también nombre@versión",
  "the workflow that it starts, also name@revision":
    "el flujo de trabajo que inicia, también nombre@revisión",
  "an input; its text may have templates of the payload; may be repeated":
    "una entrada; su texto puede tener plantillas del contenido; se puede repetir",
  "RFC 3339, or how long ago": "RFC 3339, o hace cuánto",
  "what starts something, such as \"event === 'push'\"": "lo que inicia algo, como \"event === 'push'\"",
  "the secret, where it is not to be made; - is standard input":
    "el secreto, si no se ha de crear; - es la entrada estándar",
  "how far the time of a signature may be away, 5m unless said":
    "cuánto puede distar la hora de una firma; 5m si no se dice",
  "of a body, 1 MiB unless said": "de un cuerpo; 1 MiB si no se dice",
  "deliveries that are taken": "entregas que se aceptan",
  "of the provider hmac: header, algorithm, encoding, prefix, signed, …; may be repeated":
    "del proveedor hmac: header, algorithm, encoding, prefix, signed…; se puede repetir",
  "one webhook with its settings": "un webhook con sus ajustes",
  "what to type where at the provider": "qué escribir y dónde en el proveedor",
  "another secret; the present one counts beside it for a while":
    "otro secreto; el actual sigue valiendo un tiempo",
  "how long the present one counts too, 24h unless said":
    "cuánto sigue valiendo el actual; 24h si no se dice",
  "let it take deliveries again": "que vuelva a aceptar entregas",
  "let it refuse every delivery": "que rechace toda entrega",
  "delete it with its secret and its log; what it started stays":
    "lo borra con su secreto y su registro; lo que inició se queda",
  "what came and what became of it, newest first; or one with its request":
    "qué llegó y en qué quedó, lo más nuevo primero; o una entrega con su petición",
  "waiting, started, filtered, captured, failed": "waiting, started, filtered, captured, failed",
  "at most so many, 50 unless said": "a lo sumo tantas; 50 si no se dice",
  "run a delivery again, or with --since all of them in their order":
    "ejecuta otra vez una entrega o, con --since, todas en su orden",
  "wait for the next delivery, which starts nothing, and show it":
    "espera la próxima entrega, que no inicia nada, y la muestra",
  "deliver a sample that is signed as the provider would; it runs":
    "entrega una muestra firmada como lo haría el proveedor; se ejecuta",
  "what happened": "lo que ocurrió",
  "JSON in place of the sample's own": "JSON en lugar del de la muestra",
};
