/** Spanish help texts of the audit, of reports and of what is kept of people, by the English ones. */
export const auditHelpEs = {
  "who did what, in a chain that shows every change to it":
    "quién hizo qué, en una cadena que delata todo cambio",
  "what was done and what was refused, newest first":
    "lo que se hizo y lo que se rechazó, lo más nuevo primero",
  "of this key, person or runner": "de esta clave, persona o ejecutor",
  "such as key.create, or key.* for all of a kind": "como key.create, o key.* para todas de un tipo",
  "what it was done to": "a qué se le hizo",
  "done, denied, refused, failed or unknown": "done, denied, refused, failed o unknown",
  "from then on, RFC 3339 or how long ago, such as 2h": "desde entonces, RFC 3339 o hace cuánto, como 2h",
  "before then": "antes de entonces",
  "every entry as it was hashed, one JSON a line, the head of the chain in the last":
    "cada entrada tal como se resumió, un JSON por línea, la cabeza de la cadena en la última",
  "only what follows this entry": "solo lo que sigue a esta entrada",
  "check every hash: of exports, in their order, or of what the gateway has now":
    "comprueba cada hash: de exportaciones, en su orden, o de lo que la pasarela tiene ahora",
  "a head that was written down before (can be repeated)": "una cabeza que se anotó antes (se puede repetir)",
  "what the first file follows, where it does not begin at the beginning":
    "lo que sigue el primer archivo, cuando no empieza por el principio",
  "the last entry by number and hash, to write down elsewhere":
    "la última entrada por número y hash, para anotarla en otra parte",
  "how long entries are kept": "cuánto tiempo se guardan las entradas",
  "keep them so long, at least 30d": "guardarlas ese tiempo, al menos 30d",
  "reports over a period, for those who check": "informes sobre un periodo, para quien tiene que comprobar",
  "who ran what, where": "quién ejecutó qué y dónde",
  "who was asked and who decided what": "a quién se preguntó y quién decidió qué",
  "what changed in who may do what": "qué cambió en quién puede hacer qué",
  "what was decided about keeping, forgotten, handed over and erased":
    "qué se decidió guardar, qué se olvidó, qué se entregó y qué se borró",
  "as CSV, which it is unless --html or --json is given": "como CSV, que es lo normal sin --html ni --json",
  "as a page to print": "como página para imprimir",
  "everything that is kept about a person, one JSON a line":
    "todo lo que se guarda de una persona, un JSON por línea",
  "tell what erasing a person does; with --yes do it":
    "dice qué hace borrar a una persona; con --yes lo hace",
  "erase them": "borrarla",
};
